-- What dictionaries make of a few words each.
SELECT to_tsvector(c.config::regconfig, c.words) FROM unnest($1::oid[], $2::text[]) AS c (config, words)
