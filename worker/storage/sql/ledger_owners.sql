-- Under which key contents that are not new were stored.
SELECT l.article, l.content, l.key
FROM unnest($1::uuid[], $2::uuid[]) AS asked (article, content)
JOIN newsmill_data.ledger l ON l.article = asked.article AND l.content = asked.content
