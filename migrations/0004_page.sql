-- What a page says about itself: the columns behind those of the views, which stay as they were.

ALTER TABLE newsmill_data.articles
    ADD COLUMN site text,
    ADD COLUMN section text,
    ADD COLUMN image text,
    ADD COLUMN canonical text,
    ADD COLUMN links text[] NOT NULL DEFAULT '{}';

CREATE OR REPLACE VIEW newsmill.articles AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    NULL::uuid AS story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key,
    a.site,
    a.section,
    a.image,
    a.canonical,
    a.links
FROM newsmill_data.articles a
WHERE a.latest;

CREATE OR REPLACE VIEW newsmill.article_revisions AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    NULL::uuid AS story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key,
    a.latest,
    a.site,
    a.section,
    a.image,
    a.canonical,
    a.links
FROM newsmill_data.articles a;

COMMENT ON COLUMN newsmill.articles.site IS 'the publication''s name, as the page says it';
COMMENT ON COLUMN newsmill.articles.section IS 'the part of it, as the page says it';
COMMENT ON COLUMN newsmill.articles.image IS 'URL of the lead image';
COMMENT ON COLUMN newsmill.articles.canonical IS 'what the page says its own URL is';
COMMENT ON COLUMN newsmill.articles.links IS 'URLs that the text links to';
COMMENT ON COLUMN newsmill.article_revisions.site IS 'the publication''s name, as the page says it';
COMMENT ON COLUMN newsmill.article_revisions.section IS 'the part of it, as the page says it';
COMMENT ON COLUMN newsmill.article_revisions.image IS 'URL of the lead image';
COMMENT ON COLUMN newsmill.article_revisions.canonical IS 'what the page says its own URL is';
COMMENT ON COLUMN newsmill.article_revisions.links IS 'URLs that the text links to';
