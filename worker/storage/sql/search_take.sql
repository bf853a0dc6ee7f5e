-- The next articles to file for search; filed in the same transaction (search_file).
SELECT * FROM newsmill_data.search_take($1::integer, $2::integer)
