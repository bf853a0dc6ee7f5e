-- Files articles for search, with their vectors; how many they were.
SELECT newsmill_data.search_file($1::bigint, $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::tsvector[])
