-- Puts the next articles into their stories; how many they were, -1 when another worker is at it.
SELECT newsmill_data.stories_step($1::integer, $2::integer)
