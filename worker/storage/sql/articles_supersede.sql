-- Takes `latest` from the rows of articles that get a new revision in this transaction.
UPDATE newsmill_data.articles a SET latest = false
FROM unnest($1::uuid[]) AS new (article)
WHERE a.article = new.article AND a.latest
