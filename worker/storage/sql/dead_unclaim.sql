-- A retry that was counted and could not be sent.
UPDATE newsmill_data.dead SET retries = retries - 1 WHERE key = $1::uuid AND retries > 0
