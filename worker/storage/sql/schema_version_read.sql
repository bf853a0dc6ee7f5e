SELECT coalesce(max(version), 0)::integer FROM newsmill.schema_version
