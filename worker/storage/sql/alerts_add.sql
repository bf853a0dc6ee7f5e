-- A watch rule: text parameters in the order of the columns, NULL for what it does not ask. No row when
-- there is one of that name.
INSERT INTO newsmill_data.watch_rules
    (rule, actor, pair_source, pair_target, event_type, theme, place, source, language, query, tone_below, tone_above)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text,
        $11::text::real, $12::text::real)
ON CONFLICT DO NOTHING
RETURNING rule
