-- Articles that newsmill.search() finds for $1, received from $2 to before $3, of a source $4 and a language $5 where those
-- are given: 20 from number $6 on, and whether there are more. Matches stand between ⟦ and ⟧ in the snippet.
SELECT json_build_object(
    'more', count(*) > 20,
    'articles', coalesce(json_agg(json_build_object(
        'article', f.article, 'title', f.title, 'source', f.source, 'language', f.language, 'published', f.published,
        'received', f.received, 'story', f.story, 'snippet', f.snippet, 'tone', a.tone, 'words', a.words)
        ORDER BY f.number) FILTER (WHERE f.number <= 20), '[]'))
FROM newsmill.search($1::text, $4::text, $5::text, $2::timestamptz, $3::timestamptz, 21, $6::integer)
    WITH ORDINALITY AS f (article, key, received, published, source, title, url, language, story, rank, headline, snippet, number)
JOIN newsmill.articles a ON a.key = f.key
