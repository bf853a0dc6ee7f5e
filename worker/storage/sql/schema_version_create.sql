CREATE TABLE newsmill.schema_version (
    version integer     NOT NULL PRIMARY KEY,
    name    text        NOT NULL,
    program text        NOT NULL, -- the version of newsmill that applied it
    applied timestamptz NOT NULL DEFAULT now()
)
