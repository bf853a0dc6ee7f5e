-- Dead letters that are tried again: how often and when last, and whose they are.
ALTER TABLE newsmill_data.dead
    ADD COLUMN source     text,
    ADD COLUMN retries    integer NOT NULL DEFAULT 0,
    ADD COLUMN last_retry timestamptz;

CREATE OR REPLACE VIEW newsmill.dead AS
SELECT
    d.article,
    d.id,
    d.stage,
    d.code,
    d.sqlstate,
    d.message,
    d.attempts,
    d.original,
    d.died,
    d.received,
    d.key,
    d.source,
    d.retries,
    d.last_retry
FROM newsmill_data.dead d;
COMMENT ON COLUMN newsmill.dead.attempts IS 'how often it was tried, retries of newsmill dead retry included';
COMMENT ON COLUMN newsmill.dead.died IS 'when it was given up, the last time';
COMMENT ON COLUMN newsmill.dead.source IS 'publisher, as far as the message could be read; the URL''s registrable domain when it gave none';
COMMENT ON COLUMN newsmill.dead.retries IS 'how often newsmill dead retry has sent it again';
COMMENT ON COLUMN newsmill.dead.last_retry IS 'when it did so last';

COMMENT ON COLUMN newsmill.pipeline.accepted IS 'articles that ingest has acknowledged or promised; replays and retries count again';
COMMENT ON COLUMN newsmill.pipeline.stored IS 'acceptances that ended as a row of articles, new or, for a replay, made anew';
COMMENT ON COLUMN newsmill.pipeline.dead IS 'acceptances that ended as dead letters; one that is retried or dropped later still counts';
