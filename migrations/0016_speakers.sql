-- Who said it, also where the text has a pronoun.

ALTER TABLE newsmill_data.quotes
    ADD COLUMN name text,
    ADD COLUMN key  text;

CREATE OR REPLACE VIEW newsmill.quotes AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.direct,
    f.speaker,
    f.speaker_start AS speaker_start_offset,
    f.speaker_end AS speaker_end_offset,
    f.cue,
    f.cue_start AS cue_start_offset,
    f.cue_end AS cue_end_offset,
    f.name,
    f.key
FROM newsmill_data.quotes f
WHERE f.latest;
COMMENT ON COLUMN newsmill.quotes.name IS 'canonical name of who said it, as in names, also where the text has a pronoun; null when that is not certain';
COMMENT ON COLUMN newsmill.quotes.key IS 'stable identifier of that, or null';
