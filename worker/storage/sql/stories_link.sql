-- Puts the articles written from $1 to before $2 into their stories; how many they were, -1 when another worker has done it.
SELECT newsmill_data.stories_link($1::bigint, $2::bigint, $3::integer, $4::uuid[], $5::uuid[], $6::uuid[], $7::boolean, $8::boolean)
