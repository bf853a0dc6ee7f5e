-- Counts a retry of one dead letter before it is sent, unless it has had $2 of them; its message.
UPDATE newsmill_data.dead SET retries = retries + 1, last_retry = clock_timestamp()
WHERE key = $1::uuid AND retries < $2::integer
RETURNING original
