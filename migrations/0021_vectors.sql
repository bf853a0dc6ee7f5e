-- Half the time for a vector: what is called for each article is planned once, not at each call. Texts that may
-- be too much for a vector go the way that can fail.

CREATE FUNCTION newsmill_data.search_vector_long(config text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
DECLARE
    named regconfig := CASE WHEN config = 'signs' THEN 'simple' ELSE config END;
BEGIN
    RETURN setweight(to_tsvector(named, newsmill.search_text(config, left(title, 2000))), 'A')
        || to_tsvector(named, newsmill.search_text(config, body));
EXCEPTION WHEN program_limit_exceeded THEN -- too many different words
    RETURN to_tsvector(named, newsmill.search_text(config, left(title, 2000)));
END
$$;

CREATE OR REPLACE FUNCTION newsmill_data.search_vector(config text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF config = 'signs' OR octet_length(body) > 150000 THEN
        RETURN newsmill_data.search_vector_long(config, coalesce(title, ''), coalesce(body, ''));
    END IF;
    -- As newsmill.search_text() has it.
    RETURN setweight(to_tsvector(config::regconfig, replace(replace(replace(left(coalesce(title, ''), 2000), '-', ' '), '/', ' '), '_', ' ')), 'A')
        || to_tsvector(config::regconfig, replace(replace(replace(coalesce(body, ''), '-', ' '), '/', ' '), '_', ' '));
END
$$;
