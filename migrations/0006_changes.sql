-- What changed between the revisions of an article.

-- Paragraphs that are in one text and not in the other, in their order; of one that stands there
-- several times, as many as are too many. Paragraphs are what is between empty lines.
CREATE FUNCTION newsmill.text_changes(before text, after text, OUT added text[], OUT removed text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH old AS (
        SELECT p.paragraph, p.place, row_number() OVER (PARTITION BY p.paragraph ORDER BY p.place) AS copy
        FROM unnest(string_to_array(before, E'\n\n')) WITH ORDINALITY AS p (paragraph, place)
        WHERE p.paragraph <> ''
    ), new AS (
        SELECT p.paragraph, p.place, row_number() OVER (PARTITION BY p.paragraph ORDER BY p.place) AS copy
        FROM unnest(string_to_array(after, E'\n\n')) WITH ORDINALITY AS p (paragraph, place)
        WHERE p.paragraph <> ''
    )
    SELECT
        (SELECT coalesce(array_agg(n.paragraph ORDER BY n.place), '{}') FROM new n
         WHERE NOT EXISTS (SELECT FROM old o WHERE o.paragraph = n.paragraph AND o.copy = n.copy)),
        (SELECT coalesce(array_agg(o.paragraph ORDER BY o.place), '{}') FROM old o
         WHERE NOT EXISTS (SELECT FROM new n WHERE n.paragraph = o.paragraph AND n.copy = o.copy));
END;
COMMENT ON FUNCTION newsmill.text_changes(text, text) IS 'Paragraphs of the second text that are not in the first, and the other way round.';

-- Few articles have a second revision: their changes are found without reading the others.
CREATE INDEX ledger_revised ON newsmill_data.ledger (received) WHERE revision > 1;

CREATE VIEW newsmill.changes AS
SELECT
    n.article,
    n.url,
    n.source,
    n.revision,
    p.received AS previous_received,
    n.received,
    n.title IS DISTINCT FROM p.title AS title_changed,
    p.title AS previous_title,
    n.title,
    c.added,
    c.removed,
    n.words - p.words AS words,
    n.key,
    p.key AS previous_key
FROM newsmill_data.ledger l
JOIN newsmill_data.articles n ON n.key = l.key
JOIN newsmill_data.ledger b ON b.article = l.article AND b.revision = l.revision - 1
JOIN newsmill_data.articles p ON p.key = b.key
CROSS JOIN LATERAL newsmill.text_changes(p.text, n.text) AS c
WHERE l.revision > 1
  AND (n.title IS DISTINCT FROM p.title OR cardinality(c.added) + cardinality(c.removed) > 0);
COMMENT ON VIEW newsmill.changes IS 'What a revision of an article changed: one row a revision whose title or text is another than before.';
COMMENT ON COLUMN newsmill.changes.article IS 'the article';
COMMENT ON COLUMN newsmill.changes.url IS 'where it was published';
COMMENT ON COLUMN newsmill.changes.source IS 'publisher';
COMMENT ON COLUMN newsmill.changes.revision IS 'the revision that brought the change; 2 for the first change';
COMMENT ON COLUMN newsmill.changes.previous_received IS 'when ingest accepted the revision before';
COMMENT ON COLUMN newsmill.changes.received IS 'when ingest accepted this revision';
COMMENT ON COLUMN newsmill.changes.title_changed IS 'true when the title is another';
COMMENT ON COLUMN newsmill.changes.previous_title IS 'the title before';
COMMENT ON COLUMN newsmill.changes.title IS 'the title now';
COMMENT ON COLUMN newsmill.changes.added IS 'paragraphs that are new, in their order';
COMMENT ON COLUMN newsmill.changes.removed IS 'paragraphs that are gone, in their order';
COMMENT ON COLUMN newsmill.changes.words IS 'how many words more the text has; negative when fewer';
COMMENT ON COLUMN newsmill.changes.key IS 'article_revisions.key of this revision';
COMMENT ON COLUMN newsmill.changes.previous_key IS 'article_revisions.key of the revision before';
