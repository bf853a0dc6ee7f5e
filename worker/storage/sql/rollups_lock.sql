-- That of rollups_fold(), until the connection ends.
SELECT pg_advisory_lock(7954895654460419182)
