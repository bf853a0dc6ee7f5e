-- What the step that finds stories has to look at: first a row without a key that says from where to where, and whether any has a story
-- already; none when another worker is at it.
SELECT t.key, t.bands, t.fresh, t.reached, t.behind, t.tabled, t.newest FROM newsmill_data.stories_take($1::integer) t
