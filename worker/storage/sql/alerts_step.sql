-- Tells which articles are there and asks the rules about them; how many they were, -1 when another
-- worker is at it.
SELECT newsmill_data.alerts_step($1::integer, $2::integer)
