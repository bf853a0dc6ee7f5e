-- What a person is, as the article says it beside the name: "U.S. Trade Representative".
ALTER TABLE newsmill_data.names ADD COLUMN role text;

CREATE OR REPLACE VIEW newsmill.names AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.type,
    f.name,
    f.key,
    f.role
FROM newsmill_data.names f
WHERE f.latest;
COMMENT ON COLUMN newsmill.names.role IS 'what a person is, as the article says it beside the name: a title or office; null when it does not';
