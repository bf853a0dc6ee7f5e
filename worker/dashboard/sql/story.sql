-- One story $1: its numbers, and its articles in the order they came, 500 at most.
SELECT json_build_object(
    'story', (SELECT to_json(s) FROM newsmill.stories s WHERE s.story = $1::uuid),
    'articles', (
        SELECT coalesce(json_agg(x ORDER BY x.received, x.article), '[]')
        FROM (
            SELECT m.article, m.source, m.received, m.seconds, m.first, m.copy, m.similarity, a.title, a.tone, a.words
            FROM newsmill.story_articles m JOIN newsmill.articles a ON a.key = m.key
            WHERE m.story = $1::uuid
            ORDER BY m.received
            LIMIT 500
        ) x))
