-- Articles with the words of $1, received from $2 to before $3, of a source $4 and a language $5 where those
-- are given: 20 from number $6 on. Matches stand between U+E000 and U+E001 in the snippet.
WITH asked AS (
    SELECT websearch_to_tsquery('simple', $1::text) AS query
), found AS (
    SELECT a.article, a.title, a.source, a.language, a.published, a.received, a.tone, a.words, a.story, a.text, q.query,
           to_tsvector('simple', coalesce(a.title, '') || ' ' || left(a.text, 100000)) AS words_there
    FROM newsmill.articles a, asked q
    WHERE a.received >= $2::timestamptz AND a.received < $3::timestamptz
      AND ($4::text IS NULL OR a.source = $4::text)
      AND ($5::text IS NULL OR a.language = $5::text)
), page AS (
    SELECT f.*, ts_rank_cd(f.words_there, f.query) AS rank, count(*) OVER () AS total
    FROM found f
    WHERE f.words_there @@ f.query
    ORDER BY rank DESC, f.received DESC
    LIMIT 20 OFFSET $6::integer
)
SELECT json_build_object(
    'total', coalesce(max(p.total), 0),
    'articles', coalesce(json_agg(json_build_object(
        'article', p.article, 'title', p.title, 'source', p.source, 'language', p.language,
        'published', p.published, 'received', p.received, 'tone', p.tone, 'words', p.words, 'story', p.story,
        'snippet', ts_headline('simple', translate(left(p.text, 100000), U&'\E000\E001', ''), p.query,
                               U&'StartSel=\E000,StopSel=\E001,MaxFragments=2,MaxWords=24,MinWords=8'))
        ORDER BY p.rank DESC, p.received DESC), '[]'))
FROM page p
