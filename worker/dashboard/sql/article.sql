-- One article $1 with all that was read from it. The text and the facts end at 200,000 code points.
WITH article AS (
    SELECT a.article, a.id, a.url, a.source, a.title, a.authors, left(a.text, 200000) AS text,
           length(a.text) > 200000 AS cut, a.language, a.language_confidence, a.published, a.published_from,
           a.received, a.revision, a.genre, a.tone, a.positive, a.negative, a.polarity, a.activity, a.words,
           a.themes, a.keyphrases, a.summary, a.story, a.analyzer, a.focus, a.site, a.section, a.repaired
    FROM newsmill.articles a
    WHERE a.article = $1::uuid
)
SELECT json_build_object(
    'article', (SELECT to_json(a) FROM article a),
    'sentences', (
        SELECT coalesce(json_agg(json_build_array(s.start_offset, s.end_offset, s.tone) ORDER BY s.ordinal), '[]')
        FROM newsmill.sentences s WHERE s.article = $1::uuid AND s.ordinal < 4000),
    'names', (
        SELECT coalesce(json_agg(json_build_object(
            'start', n.start_offset, 'end', n.end_offset, 'text', n.text, 'type', n.type, 'name', n.name,
            'key', n.key, 'confidence', n.confidence) ORDER BY n.ordinal), '[]')
        FROM newsmill.names n WHERE n.article = $1::uuid AND n.ordinal < 4000),
    'places', (
        SELECT coalesce(json_agg(json_build_object(
            'start', p.start_offset, 'end', p.end_offset, 'text', p.text, 'name', p.name, 'kind', p.kind,
            'country', p.country, 'lat', p.lat, 'lon', p.lon, 'confidence', p.confidence) ORDER BY p.ordinal), '[]')
        FROM newsmill.places p WHERE p.article = $1::uuid AND p.ordinal < 4000),
    'events', (
        SELECT coalesce(json_agg(json_build_object(
            'ordinal', e.ordinal, 'start', e.start_offset, 'end', e.end_offset, 'sentence', e.sentence,
            'type', e.type, 'cameo', e.cameo, 'goldstein', e.goldstein, 'quad', e.quad,
            'source_start', e.source_start_offset, 'source_end', e.source_end_offset,
            'source', e.source_text, 'source_code', e.source_code,
            'target_start', e.target_start_offset, 'target_end', e.target_end_offset,
            'target', e.target_text, 'target_code', e.target_code, 'negated', e.negated,
            'modality', e.modality, 'place', e.place_name, 'date', e.date, 'attributed', e.attributed,
            'mentions', e.mentions, 'confidence', e.confidence) ORDER BY e.ordinal), '[]')
        FROM newsmill.events e WHERE e.article = $1::uuid AND e.ordinal < 2000),
    'quotes', (
        SELECT coalesce(json_agg(json_build_object(
            'start', q.start_offset, 'end', q.end_offset, 'direct', q.direct, 'speaker', q.speaker,
            'speaker_start', q.speaker_start_offset, 'speaker_end', q.speaker_end_offset) ORDER BY q.ordinal), '[]')
        FROM newsmill.quotes q WHERE q.article = $1::uuid AND q.ordinal < 2000),
    'targets', (
        SELECT coalesce(json_agg(json_build_object(
            'start', t.start_offset, 'end', t.end_offset, 'text', t.text, 'tone', t.tone) ORDER BY t.ordinal), '[]')
        FROM newsmill.targets t WHERE t.article = $1::uuid AND t.ordinal < 2000),
    'dates', (
        SELECT coalesce(json_agg(json_build_object(
            'start', d.start_offset, 'end', d.end_offset, 'text', d.text, 'value', d.value) ORDER BY d.ordinal), '[]')
        FROM newsmill.dates d WHERE d.article = $1::uuid AND d.ordinal < 2000),
    'amounts', (
        SELECT coalesce(json_agg(json_build_object(
            'start', m.start_offset, 'end', m.end_offset, 'text', m.text, 'kind', m.kind, 'value', m.value,
            'unit', m.unit, 'object', m.object) ORDER BY m.ordinal), '[]')
        FROM newsmill.amounts m WHERE m.article = $1::uuid AND m.ordinal < 2000))
