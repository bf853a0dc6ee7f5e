-- Files the next articles for search; how many they were, -1 when another worker is at it.
SELECT newsmill_data.search_step($1::integer, $2::integer)
