INSERT INTO newsmill_data.dead
    (key, article, id, stage, code, sqlstate, message, attempts, original, received, died,
     source)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::integer, $9::bytea,
        $10::timestamptz, $11::timestamptz, $12::text)
ON CONFLICT (key) DO NOTHING
