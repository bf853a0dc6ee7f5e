-- Watch rules by name, with what each asks as text, and how much it has found.
SELECT r.rule, r.actor, r.pair_source, r.pair_target, r.event_type, r.theme, r.place, r.source, r.language, r.query,
       r.tone_below::text, r.tone_above::text,
       (SELECT count(*) FROM newsmill_data.alert_matches m WHERE m.rule = r.rule),
       (SELECT max(m.matched) FROM newsmill_data.alert_matches m WHERE m.rule = r.rule)
FROM newsmill_data.watch_rules r
ORDER BY r.rule
