-- Everything under these keys, to be written anew in the same transaction: every table that has an
-- article_key is here.
WITH keys AS (SELECT unnest($1::uuid[]) AS key),
names AS (DELETE FROM newsmill_data.names f USING keys WHERE f.article_key = keys.key),
places AS (DELETE FROM newsmill_data.places f USING keys WHERE f.article_key = keys.key),
events AS (DELETE FROM newsmill_data.events f USING keys WHERE f.article_key = keys.key),
targets AS (DELETE FROM newsmill_data.targets f USING keys WHERE f.article_key = keys.key),
quotes AS (DELETE FROM newsmill_data.quotes f USING keys WHERE f.article_key = keys.key),
dates AS (DELETE FROM newsmill_data.dates f USING keys WHERE f.article_key = keys.key),
amounts AS (DELETE FROM newsmill_data.amounts f USING keys WHERE f.article_key = keys.key)
DELETE FROM newsmill_data.articles a USING keys WHERE a.key = keys.key
