-- Everything under these keys, to be written anew in the same transaction: every table that has an
-- article_key is here, and the sketch with its bands. The arrays stand in each condition, so that each is an index scan of the months in
-- question whatever the planner knows of the tables.
WITH
names AS (DELETE FROM newsmill_data.names f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
places AS (DELETE FROM newsmill_data.places f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
events AS (DELETE FROM newsmill_data.events f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
targets AS (DELETE FROM newsmill_data.targets f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
quotes AS (DELETE FROM newsmill_data.quotes f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
dates AS (DELETE FROM newsmill_data.dates f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
amounts AS (DELETE FROM newsmill_data.amounts f
    WHERE f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
bands AS (DELETE FROM newsmill_data.story_bands b USING newsmill_data.sketches s, unnest(s.bands) AS v (value)
    WHERE s.key = ANY ($1::uuid[]) AND b.value = v.value AND b.key = s.key),
sketches AS (DELETE FROM newsmill_data.sketches f WHERE f.key = ANY ($1::uuid[]))
DELETE FROM newsmill_data.articles a WHERE a.key = ANY ($1::uuid[]) AND a.received = ANY ($2::timestamptz[])
