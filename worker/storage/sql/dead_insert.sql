-- A dead letter. One that comes again is known by its key; when it is a replay that died again ($13)
-- it takes the new reason, and its attempts add up.
INSERT INTO newsmill_data.dead AS d
    (key, article, id, stage, code, sqlstate, message, attempts, original, received, died,
     source)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::integer, $9::bytea,
        $10::timestamptz, $11::timestamptz, $12::text)
ON CONFLICT (key) DO UPDATE SET
    article = excluded.article, id = excluded.id, stage = excluded.stage, code = excluded.code,
    sqlstate = excluded.sqlstate, message = excluded.message,
    attempts = d.attempts + excluded.attempts, died = excluded.died, source = excluded.source
WHERE $13::boolean AND excluded.died > d.died
