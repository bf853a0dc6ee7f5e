-- Whoever migrates holds this until its transaction ends. The number is ours alone: 'newsmill' in ASCII.
SELECT pg_advisory_xact_lock(7954895654460419180)
