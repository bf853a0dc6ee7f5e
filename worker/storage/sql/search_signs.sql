-- The signs beyond ASCII that part words and are nothing else, as the server's locale has it.
SELECT s.code FROM unnest($1::integer[]) AS s (code)
WHERE ARRAY(SELECT t.tokid FROM ts_parse('pg_catalog.default', 'x' || chr(s.code) || 'y') t) = '{1,12,1}'
