-- The tables that storage workers write. Nobody reads them but the views of newsmill: their shape may change.
--
-- An article's row and its facts are keyed by `key`, the time-ordered UUID that ingest stamps on each
-- acceptance, so that inserts append. Facts have no foreign key to articles: one transaction writes both,
-- and the constraint would double the cost. The ledger is narrow and random: it alone decides what is new.

CREATE SCHEMA newsmill_data;

-- Which content of which article is stored, under which key. One row a revision.
CREATE TABLE newsmill_data.ledger (
    article  uuid        NOT NULL,
    content  uuid        NOT NULL,
    key      uuid        NOT NULL,
    revision integer     NOT NULL,
    received timestamptz NOT NULL,
    CONSTRAINT ledger_content PRIMARY KEY (article, content),
    CONSTRAINT ledger_revision UNIQUE (article, revision)
);

CREATE TABLE newsmill_data.articles (
    key                 uuid        NOT NULL,
    article             uuid        NOT NULL,
    revision            integer     NOT NULL,
    latest              boolean     NOT NULL,
    received            timestamptz NOT NULL,
    published           timestamptz,
    published_from      text,
    id                  text,
    url                 text,
    source              text,
    title               text,
    authors             text[]      NOT NULL,
    language            text,
    language_confidence real,
    genre               text,
    text                text,
    removed             jsonb       NOT NULL,
    sentence_starts     integer[]   NOT NULL,
    sentence_ends       integer[]   NOT NULL,
    sentence_tones      real[]      NOT NULL,
    tone                real,
    positive            real,
    negative            real,
    polarity            real,
    activity            real,
    self_group          real,
    words               integer     NOT NULL,
    themes              jsonb       NOT NULL,
    keyphrases          jsonb       NOT NULL,
    summary             jsonb       NOT NULL,
    fingerprint         bigint      NOT NULL,
    analyzer            text,
    meta                jsonb,
    repaired            integer     NOT NULL,
    unknown_keys        integer     NOT NULL,
    original            bytea       NOT NULL, -- the message as the producer sent it, for replay
    CONSTRAINT articles_key PRIMARY KEY (key)
);
-- One row of an article is the latest; also the way from an article to its row.
CREATE UNIQUE INDEX articles_latest ON newsmill_data.articles (article) WHERE latest;
CREATE INDEX articles_received ON newsmill_data.articles (received);

-- lz4 compresses three times faster than pglz, which would be the greatest cost of an insert. A server
-- built without it keeps pglz.
DO $$
BEGIN
    ALTER TABLE newsmill_data.articles ALTER COLUMN text SET COMPRESSION lz4,
        ALTER COLUMN original SET COMPRESSION lz4, ALTER COLUMN removed SET COMPRESSION lz4,
        ALTER COLUMN meta SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4: articles are compressed with pglz';
END
$$;

-- Facts: offsets are half-open, in code points of the article's text; `ordinal` counts from 0 within
-- one kind and article, in the order of the analysis.
CREATE TABLE newsmill_data.names (
    article_key  uuid    NOT NULL,
    ordinal      integer NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    confidence   real,
    text         text,
    type         text,
    name         text,
    key          text,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.places (
    article_key  uuid    NOT NULL,
    ordinal      integer NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    confidence   real,
    text         text,
    name         text,
    kind         text,
    country      text,
    admin1       text,
    lat          double precision,
    lon          double precision,
    geonames     bigint,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.events (
    article_key   uuid    NOT NULL,
    ordinal       integer NOT NULL,
    start_offset  integer NOT NULL,
    end_offset    integer NOT NULL,
    confidence    real,
    sentence      integer NOT NULL,
    type          text,
    mode          text,
    contexts      text[]  NOT NULL,
    cameo         text,
    goldstein     real,
    quad          bigint,
    source_start  integer,
    source_end    integer,
    source_text   text,
    source_code   text,
    source_sector text,
    target_start  integer,
    target_end    integer,
    target_text   text,
    target_code   text,
    target_sector text,
    negated       boolean NOT NULL,
    modality      text,
    place         bigint,
    date          text,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.targets (
    article_key  uuid    NOT NULL,
    ordinal      integer NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    confidence   real,
    text         text,
    tone         real,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.quotes (
    article_key   uuid    NOT NULL,
    ordinal       integer NOT NULL,
    start_offset  integer NOT NULL,
    end_offset    integer NOT NULL,
    confidence    real,
    direct        boolean NOT NULL,
    speaker_start integer,
    speaker_end   integer,
    speaker       text,
    cue_start     integer,
    cue_end       integer,
    cue           text,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.dates (
    article_key  uuid    NOT NULL,
    ordinal      integer NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    confidence   real,
    text         text,
    value        text,
    grain        text,
    PRIMARY KEY (article_key, ordinal)
);
CREATE TABLE newsmill_data.amounts (
    article_key  uuid    NOT NULL,
    ordinal      integer NOT NULL,
    start_offset integer NOT NULL,
    end_offset   integer NOT NULL,
    confidence   real,
    text         text,
    kind         text,
    value        double precision,
    unit         text,
    object       text,
    PRIMARY KEY (article_key, ordinal)
);

-- Articles that could not be processed. The key is the acceptance's: a dead letter delivered twice is one row.
CREATE TABLE newsmill_data.dead (
    key      uuid        NOT NULL PRIMARY KEY,
    article  uuid        NOT NULL,
    id       text,
    stage    text        NOT NULL,
    code     text        NOT NULL,
    sqlstate text,
    message  text        NOT NULL,
    attempts integer     NOT NULL,
    original bytea       NOT NULL,
    received timestamptz NOT NULL,
    died     timestamptz NOT NULL
);
CREATE INDEX dead_died ON newsmill_data.dead (died);

-- The books of each ingest node as its storage workers heard them last.
CREATE TABLE newsmill_data.node_books (
    node      text        NOT NULL PRIMARY KEY,
    accepted  bigint      NOT NULL,
    stored    bigint      NOT NULL,
    duplicate bigint      NOT NULL,
    dead      bigint      NOT NULL,
    in_flight bigint      NOT NULL,
    refused   bigint      NOT NULL,
    updated   timestamptz NOT NULL
);
