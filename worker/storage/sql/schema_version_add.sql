INSERT INTO newsmill.schema_version (version, name, program) VALUES ($1::integer, $2::text, $3::text)
