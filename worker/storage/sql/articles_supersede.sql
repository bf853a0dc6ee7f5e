-- Takes `latest` from revisions, and from their facts: every table that has an article_key is here.
WITH
names AS (UPDATE newsmill_data.names f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
places AS (UPDATE newsmill_data.places f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
events AS (UPDATE newsmill_data.events f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
targets AS (UPDATE newsmill_data.targets f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
quotes AS (UPDATE newsmill_data.quotes f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
dates AS (UPDATE newsmill_data.dates f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[])),
amounts AS (UPDATE newsmill_data.amounts f SET latest = false
    WHERE f.latest AND f.article_key = ANY ($1::uuid[]) AND f.received = ANY ($2::timestamptz[]))
UPDATE newsmill_data.articles a SET latest = false
WHERE a.latest AND a.key = ANY ($1::uuid[]) AND a.received = ANY ($2::timestamptz[])
