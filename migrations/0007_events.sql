-- Events: everybody of both sides, who reports it, how often it is told.

ALTER TABLE newsmill_data.events
    ADD COLUMN source_codes     text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN target_codes     text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN attributed_start integer,
    ADD COLUMN attributed_end   integer,
    ADD COLUMN attributed       text,
    ADD COLUMN mentions         integer NOT NULL DEFAULT 1,
    ADD COLUMN lead             boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW newsmill.events AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.sentence,
    f.type,
    f.mode,
    f.contexts,
    f.cameo,
    f.goldstein,
    f.quad,
    f.source_start AS source_start_offset,
    f.source_end AS source_end_offset,
    f.source_text,
    f.source_code,
    f.source_sector,
    f.target_start AS target_start_offset,
    f.target_end AS target_end_offset,
    f.target_text,
    f.target_code,
    f.target_sector,
    f.negated,
    f.modality,
    f.place,
    p.name AS place_name,
    p.country AS place_country,
    p.lat,
    p.lon,
    f.date,
    f.source_codes,
    f.target_codes,
    f.attributed,
    f.attributed_start AS attributed_start_offset,
    f.attributed_end AS attributed_end_offset,
    f.mentions,
    f.lead
FROM newsmill_data.events f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest
LEFT JOIN newsmill_data.places p ON p.article_key = f.article_key AND p.ordinal = f.place;
COMMENT ON COLUMN newsmill.events.source_codes IS 'codes of all who did it together; source_code is the first';
COMMENT ON COLUMN newsmill.events.target_codes IS 'codes of all whom it was done to; target_code is the first';
COMMENT ON COLUMN newsmill.events.attributed IS 'who says so, as it is written there; null when it is told as a fact';
COMMENT ON COLUMN newsmill.events.attributed_start_offset IS 'where the text names who says so';
COMMENT ON COLUMN newsmill.events.attributed_end_offset IS 'the code point behind that';
COMMENT ON COLUMN newsmill.events.mentions IS 'how often the article tells it';
COMMENT ON COLUMN newsmill.events.lead IS 'whether it stands in the first paragraph';
