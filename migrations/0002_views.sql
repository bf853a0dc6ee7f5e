-- The stable face: what dashboards read. Columns are documented in README.md beside this file, in the
-- words of the comments here; they may be added to, never renamed.

CREATE VIEW newsmill.articles AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    NULL::uuid AS story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key
FROM newsmill_data.articles a
WHERE a.latest;
COMMENT ON VIEW newsmill.articles IS 'The latest revision of each article.';
COMMENT ON COLUMN newsmill.articles.article IS 'identity: a hash of the canonical URL, or of the content where there is no URL';
COMMENT ON COLUMN newsmill.articles.id IS 'the producer''s own identifier';
COMMENT ON COLUMN newsmill.articles.url IS 'where it was published';
COMMENT ON COLUMN newsmill.articles.source IS 'publisher; the URL''s registrable domain when the producer gave none';
COMMENT ON COLUMN newsmill.articles.title IS 'headline';
COMMENT ON COLUMN newsmill.articles.authors IS 'authors, as given';
COMMENT ON COLUMN newsmill.articles.text IS 'the clean body; every offset counts its code points';
COMMENT ON COLUMN newsmill.articles.language IS 'BCP 47 code; und when undetermined';
COMMENT ON COLUMN newsmill.articles.language_confidence IS '0 to 1';
COMMENT ON COLUMN newsmill.articles.published IS 'when it was published; null when unknown';
COMMENT ON COLUMN newsmill.articles.published_from IS 'where that was found: given, jsonld, meta, time, url, text';
COMMENT ON COLUMN newsmill.articles.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.articles.revision IS '1 for the first content stored under this identity, then 2, 3, …';
COMMENT ON COLUMN newsmill.articles.genre IS 'news, opinion, interview, other';
COMMENT ON COLUMN newsmill.articles.tone IS 'positive minus negative, per cent of words';
COMMENT ON COLUMN newsmill.articles.positive IS 'words of positive tone, per cent';
COMMENT ON COLUMN newsmill.articles.negative IS 'words of negative tone, per cent';
COMMENT ON COLUMN newsmill.articles.polarity IS 'words with any tone, per cent';
COMMENT ON COLUMN newsmill.articles.activity IS 'words of activity, per cent';
COMMENT ON COLUMN newsmill.articles.self_group IS 'words for oneself and one''s group, per cent';
COMMENT ON COLUMN newsmill.articles.words IS 'number of words in text';
COMMENT ON COLUMN newsmill.articles.themes IS '[{"code", "count", "score"}]';
COMMENT ON COLUMN newsmill.articles.keyphrases IS '[{"text", "score"}]';
COMMENT ON COLUMN newsmill.articles.summary IS '[{"start", "end"}]: the sentences that stand for the whole';
COMMENT ON COLUMN newsmill.articles.removed IS '[{"text", "why"}]: what was cut from the body before analysis';
COMMENT ON COLUMN newsmill.articles.fingerprint IS '64-bit fingerprint of the words, 16 hex digits: near copies differ in few bits';
COMMENT ON COLUMN newsmill.articles.story IS 'the story it belongs to; null until stories are made';
COMMENT ON COLUMN newsmill.articles.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.articles.meta IS 'the producer''s free-form map';
COMMENT ON COLUMN newsmill.articles.repaired IS 'ill-formed UTF-8 sequences and NULs that were replaced';
COMMENT ON COLUMN newsmill.articles.unknown_keys IS 'keys of the message that are not in the contract and were ignored';
COMMENT ON COLUMN newsmill.articles.key IS 'names this acceptance; time-ordered';

CREATE VIEW newsmill.article_revisions AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    NULL::uuid AS story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key,
    a.latest
FROM newsmill_data.articles a;
COMMENT ON VIEW newsmill.article_revisions IS 'Every revision of each article. Facts are shown for the latest only.';
COMMENT ON COLUMN newsmill.article_revisions.article IS 'identity: a hash of the canonical URL, or of the content where there is no URL';
COMMENT ON COLUMN newsmill.article_revisions.id IS 'the producer''s own identifier';
COMMENT ON COLUMN newsmill.article_revisions.url IS 'where it was published';
COMMENT ON COLUMN newsmill.article_revisions.source IS 'publisher; the URL''s registrable domain when the producer gave none';
COMMENT ON COLUMN newsmill.article_revisions.title IS 'headline';
COMMENT ON COLUMN newsmill.article_revisions.authors IS 'authors, as given';
COMMENT ON COLUMN newsmill.article_revisions.text IS 'the clean body; every offset counts its code points';
COMMENT ON COLUMN newsmill.article_revisions.language IS 'BCP 47 code; und when undetermined';
COMMENT ON COLUMN newsmill.article_revisions.language_confidence IS '0 to 1';
COMMENT ON COLUMN newsmill.article_revisions.published IS 'when it was published; null when unknown';
COMMENT ON COLUMN newsmill.article_revisions.published_from IS 'where that was found: given, jsonld, meta, time, url, text';
COMMENT ON COLUMN newsmill.article_revisions.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.article_revisions.revision IS '1 for the first content stored under this identity, then 2, 3, …';
COMMENT ON COLUMN newsmill.article_revisions.genre IS 'news, opinion, interview, other';
COMMENT ON COLUMN newsmill.article_revisions.tone IS 'positive minus negative, per cent of words';
COMMENT ON COLUMN newsmill.article_revisions.positive IS 'words of positive tone, per cent';
COMMENT ON COLUMN newsmill.article_revisions.negative IS 'words of negative tone, per cent';
COMMENT ON COLUMN newsmill.article_revisions.polarity IS 'words with any tone, per cent';
COMMENT ON COLUMN newsmill.article_revisions.activity IS 'words of activity, per cent';
COMMENT ON COLUMN newsmill.article_revisions.self_group IS 'words for oneself and one''s group, per cent';
COMMENT ON COLUMN newsmill.article_revisions.words IS 'number of words in text';
COMMENT ON COLUMN newsmill.article_revisions.themes IS '[{"code", "count", "score"}]';
COMMENT ON COLUMN newsmill.article_revisions.keyphrases IS '[{"text", "score"}]';
COMMENT ON COLUMN newsmill.article_revisions.summary IS '[{"start", "end"}]: the sentences that stand for the whole';
COMMENT ON COLUMN newsmill.article_revisions.removed IS '[{"text", "why"}]: what was cut from the body before analysis';
COMMENT ON COLUMN newsmill.article_revisions.fingerprint IS '64-bit fingerprint of the words, 16 hex digits: near copies differ in few bits';
COMMENT ON COLUMN newsmill.article_revisions.story IS 'the story it belongs to; null until stories are made';
COMMENT ON COLUMN newsmill.article_revisions.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.article_revisions.meta IS 'the producer''s free-form map';
COMMENT ON COLUMN newsmill.article_revisions.repaired IS 'ill-formed UTF-8 sequences and NULs that were replaced';
COMMENT ON COLUMN newsmill.article_revisions.unknown_keys IS 'keys of the message that are not in the contract and were ignored';
COMMENT ON COLUMN newsmill.article_revisions.key IS 'names this acceptance; time-ordered';
COMMENT ON COLUMN newsmill.article_revisions.latest IS 'true for the revision that the other views show';

CREATE VIEW newsmill.names AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.text,
    f.type,
    f.name,
    f.key
FROM newsmill_data.names f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.names IS 'Names of people, organizations, places and others, one row a mention.';
COMMENT ON COLUMN newsmill.names.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.names.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.names.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.names.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.names.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.names.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.names.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.names.text IS 'the name as it is written there';
COMMENT ON COLUMN newsmill.names.type IS 'person, organization, place, other';
COMMENT ON COLUMN newsmill.names.name IS 'canonical name';
COMMENT ON COLUMN newsmill.names.key IS 'stable id of what is named; null when it was not resolved';

CREATE VIEW newsmill.places AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.text,
    f.name,
    f.kind,
    f.country,
    f.admin1,
    f.lat,
    f.lon,
    f.geonames
FROM newsmill_data.places f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.places IS 'Places resolved to somewhere on the map, one row a mention.';
COMMENT ON COLUMN newsmill.places.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.places.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.places.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.places.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.places.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.places.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.places.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.places.text IS 'the place as it is written there';
COMMENT ON COLUMN newsmill.places.name IS 'canonical name';
COMMENT ON COLUMN newsmill.places.kind IS 'country, region, city, water, island, other';
COMMENT ON COLUMN newsmill.places.country IS 'ISO 3166-1 alpha-2 code';
COMMENT ON COLUMN newsmill.places.admin1 IS 'first-level division';
COMMENT ON COLUMN newsmill.places.lat IS 'latitude, degrees north';
COMMENT ON COLUMN newsmill.places.lon IS 'longitude, degrees east';
COMMENT ON COLUMN newsmill.places.geonames IS 'GeoNames id';

CREATE VIEW newsmill.events AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.sentence,
    f.type,
    f.mode,
    f.contexts,
    f.cameo,
    f.goldstein,
    f.quad,
    f.source_start AS source_start_offset,
    f.source_end AS source_end_offset,
    f.source_text,
    f.source_code,
    f.source_sector,
    f.target_start AS target_start_offset,
    f.target_end AS target_end_offset,
    f.target_text,
    f.target_code,
    f.target_sector,
    f.negated,
    f.modality,
    f.place,
    p.name AS place_name,
    p.country AS place_country,
    p.lat,
    p.lon,
    f.date
FROM newsmill_data.events f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest
LEFT JOIN newsmill_data.places p ON p.article_key = f.article_key AND p.ordinal = f.place;
COMMENT ON VIEW newsmill.events IS 'Who did what to whom, one row an event; start_offset and end_offset are the trigger''s.';
COMMENT ON COLUMN newsmill.events.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.events.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.events.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.events.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.events.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.events.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.events.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.events.sentence IS 'ordinal of the sentence';
COMMENT ON COLUMN newsmill.events.type IS 'PLOVER type, such as AGREE, PROTEST, ASSAULT';
COMMENT ON COLUMN newsmill.events.mode IS 'PLOVER mode';
COMMENT ON COLUMN newsmill.events.contexts IS 'PLOVER contexts';
COMMENT ON COLUMN newsmill.events.cameo IS 'CAMEO code';
COMMENT ON COLUMN newsmill.events.goldstein IS 'Goldstein scale, -10 to 10';
COMMENT ON COLUMN newsmill.events.quad IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict';
COMMENT ON COLUMN newsmill.events.source_start_offset IS 'where the text names who did it';
COMMENT ON COLUMN newsmill.events.source_end_offset IS 'the code point behind that';
COMMENT ON COLUMN newsmill.events.source_text IS 'who did it, as it is written there';
COMMENT ON COLUMN newsmill.events.source_code IS 'who did it: CAMEO code based on ISO 3166-1 alpha-3';
COMMENT ON COLUMN newsmill.events.source_sector IS 'sector of who did it: government, military, …';
COMMENT ON COLUMN newsmill.events.target_start_offset IS 'where the text names whom it was done to';
COMMENT ON COLUMN newsmill.events.target_end_offset IS 'the code point behind that';
COMMENT ON COLUMN newsmill.events.target_text IS 'whom it was done to, as it is written there';
COMMENT ON COLUMN newsmill.events.target_code IS 'whom it was done to: CAMEO code based on ISO 3166-1 alpha-3';
COMMENT ON COLUMN newsmill.events.target_sector IS 'sector of whom it was done to';
COMMENT ON COLUMN newsmill.events.negated IS 'true when the text says that it did not happen';
COMMENT ON COLUMN newsmill.events.modality IS 'actual, future, hypothetical, historical';
COMMENT ON COLUMN newsmill.events.place IS 'ordinal of the place in newsmill.places';
COMMENT ON COLUMN newsmill.events.place_name IS 'canonical name of that place';
COMMENT ON COLUMN newsmill.events.place_country IS 'its ISO 3166-1 alpha-2 code';
COMMENT ON COLUMN newsmill.events.lat IS 'its latitude, degrees north';
COMMENT ON COLUMN newsmill.events.lon IS 'its longitude, degrees east';
COMMENT ON COLUMN newsmill.events.date IS 'ISO 8601 date of the event, as far as the text tells';

CREATE VIEW newsmill.quotes AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.direct,
    f.speaker,
    f.speaker_start AS speaker_start_offset,
    f.speaker_end AS speaker_end_offset,
    f.cue,
    f.cue_start AS cue_start_offset,
    f.cue_end AS cue_end_offset
FROM newsmill_data.quotes f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.quotes IS 'Direct and indirect speech with its speaker.';
COMMENT ON COLUMN newsmill.quotes.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.quotes.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.quotes.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.quotes.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.quotes.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.quotes.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.quotes.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.quotes.direct IS 'true when in quotation marks';
COMMENT ON COLUMN newsmill.quotes.speaker IS 'who said it, as it is written there';
COMMENT ON COLUMN newsmill.quotes.speaker_start_offset IS 'where the text names the speaker';
COMMENT ON COLUMN newsmill.quotes.speaker_end_offset IS 'the code point behind that';
COMMENT ON COLUMN newsmill.quotes.cue IS 'the word that introduces it';
COMMENT ON COLUMN newsmill.quotes.cue_start_offset IS 'where that word is';
COMMENT ON COLUMN newsmill.quotes.cue_end_offset IS 'the code point behind it';

CREATE VIEW newsmill.targets AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.text,
    f.tone
FROM newsmill_data.targets f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.targets IS 'Tone towards a named actor where it is mentioned.';
COMMENT ON COLUMN newsmill.targets.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.targets.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.targets.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.targets.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.targets.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.targets.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.targets.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.targets.text IS 'the actor as it is written there';
COMMENT ON COLUMN newsmill.targets.tone IS 'positive minus negative around the mention';

CREATE VIEW newsmill.dates AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.text,
    f.value,
    f.grain
FROM newsmill_data.dates f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.dates IS 'Dates, times and durations in the text.';
COMMENT ON COLUMN newsmill.dates.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.dates.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.dates.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.dates.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.dates.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.dates.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.dates.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.dates.text IS 'as it is written there';
COMMENT ON COLUMN newsmill.dates.value IS 'ISO 8601 or TIMEX3 value';
COMMENT ON COLUMN newsmill.dates.grain IS 'year, month, day, time, range, duration';

CREATE VIEW newsmill.amounts AS
SELECT
    a.article,
    a.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    a.analyzer,
    f.text,
    f.kind,
    f.value,
    f.unit,
    f.object
FROM newsmill_data.amounts f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest;
COMMENT ON VIEW newsmill.amounts IS 'Numbers, percentages, money, counts and measures.';
COMMENT ON COLUMN newsmill.amounts.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.amounts.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.amounts.ordinal IS 'counts the article''s facts of this kind from 0';
COMMENT ON COLUMN newsmill.amounts.start_offset IS 'first code point of the evidence in articles.text, from 0';
COMMENT ON COLUMN newsmill.amounts.end_offset IS 'the code point behind the evidence';
COMMENT ON COLUMN newsmill.amounts.confidence IS '0 to 1; null when the analyzer gives none';
COMMENT ON COLUMN newsmill.amounts.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.amounts.text IS 'as it is written there';
COMMENT ON COLUMN newsmill.amounts.kind IS 'number, percent, money, count, measure';
COMMENT ON COLUMN newsmill.amounts.value IS 'the number';
COMMENT ON COLUMN newsmill.amounts.unit IS 'currency or unit';
COMMENT ON COLUMN newsmill.amounts.object IS 'what is counted or measured';

CREATE VIEW newsmill.sentences AS
SELECT
    a.article,
    a.received,
    (s.ordinality - 1)::integer AS ordinal,
    s.start_offset,
    s.end_offset,
    NULL::real AS confidence,
    a.analyzer,
    s.tone
FROM newsmill_data.articles a
CROSS JOIN LATERAL unnest(a.sentence_starts, a.sentence_ends, a.sentence_tones) WITH ORDINALITY
    AS s (start_offset, end_offset, tone, ordinality)
WHERE a.latest;
COMMENT ON VIEW newsmill.sentences IS 'The sentences of the text with the tone of each.';
COMMENT ON COLUMN newsmill.sentences.article IS 'the article the fact was read from';
COMMENT ON COLUMN newsmill.sentences.received IS 'when ingest accepted that article';
COMMENT ON COLUMN newsmill.sentences.ordinal IS 'counts the article''s sentences from 0';
COMMENT ON COLUMN newsmill.sentences.start_offset IS 'first code point of the sentence in articles.text, from 0';
COMMENT ON COLUMN newsmill.sentences.end_offset IS 'the code point behind the sentence';
COMMENT ON COLUMN newsmill.sentences.confidence IS 'always null: a sentence is not estimated';
COMMENT ON COLUMN newsmill.sentences.analyzer IS 'name and version of the analysis';
COMMENT ON COLUMN newsmill.sentences.tone IS 'positive minus negative, per cent of its words';

CREATE VIEW newsmill.tone_by_hour AS
SELECT
    date_trunc('hour', a.received, 'UTC') AS hour,
    a.source,
    a.language,
    count(*) AS articles,
    sum(a.words) AS words,
    avg(a.tone) AS tone,
    avg(a.positive) AS positive,
    avg(a.negative) AS negative,
    avg(a.polarity) AS polarity
FROM newsmill_data.articles a
WHERE a.latest
GROUP BY 1, 2, 3;
COMMENT ON VIEW newsmill.tone_by_hour IS 'Tone of the articles received in each hour, by source and language.';
COMMENT ON COLUMN newsmill.tone_by_hour.hour IS 'beginning of the hour (UTC) in which ingest accepted the articles';
COMMENT ON COLUMN newsmill.tone_by_hour.source IS 'publisher';
COMMENT ON COLUMN newsmill.tone_by_hour.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.tone_by_hour.articles IS 'number of articles';
COMMENT ON COLUMN newsmill.tone_by_hour.words IS 'their words';
COMMENT ON COLUMN newsmill.tone_by_hour.tone IS 'mean tone of the articles';
COMMENT ON COLUMN newsmill.tone_by_hour.positive IS 'mean per cent of words of positive tone';
COMMENT ON COLUMN newsmill.tone_by_hour.negative IS 'mean per cent of words of negative tone';
COMMENT ON COLUMN newsmill.tone_by_hour.polarity IS 'mean per cent of words with any tone';

CREATE VIEW newsmill.pipeline AS
SELECT
    coalesce(sum(b.accepted), 0)::bigint AS accepted,
    coalesce(sum(b.stored), 0)::bigint AS stored,
    coalesce(sum(b.duplicate), 0)::bigint AS duplicate,
    coalesce(sum(b.dead), 0)::bigint AS dead,
    coalesce(sum(b.in_flight), 0)::bigint AS in_flight,
    coalesce(sum(b.refused), 0)::bigint AS refused,
    max(b.updated) AS updated
FROM newsmill_data.node_books b;
COMMENT ON VIEW newsmill.pipeline IS 'One row: the books of all ingest nodes; accepted = stored + duplicate + dead + in_flight.';
COMMENT ON COLUMN newsmill.pipeline.accepted IS 'articles that ingest has acknowledged or promised';
COMMENT ON COLUMN newsmill.pipeline.stored IS 'committed as rows of articles';
COMMENT ON COLUMN newsmill.pipeline.duplicate IS 'the same content of the same article was there already';
COMMENT ON COLUMN newsmill.pipeline.dead IS 'could not be processed: rows of dead';
COMMENT ON COLUMN newsmill.pipeline.in_flight IS 'accepted, and not yet one of those';
COMMENT ON COLUMN newsmill.pipeline.refused IS 'refused at the socket, never accepted';
COMMENT ON COLUMN newsmill.pipeline.updated IS 'when an ingest node last said so';

CREATE VIEW newsmill.dead AS
SELECT
    d.article,
    d.id,
    d.stage,
    d.code,
    d.sqlstate,
    d.message,
    d.attempts,
    d.original,
    d.died,
    d.received,
    d.key
FROM newsmill_data.dead d;
COMMENT ON VIEW newsmill.dead IS 'Articles that could not be processed, with the reason.';
COMMENT ON COLUMN newsmill.dead.article IS 'identity of the article';
COMMENT ON COLUMN newsmill.dead.id IS 'the producer''s own identifier';
COMMENT ON COLUMN newsmill.dead.stage IS 'where it failed: ingest, analysis, storage, …';
COMMENT ON COLUMN newsmill.dead.code IS 'stable error code';
COMMENT ON COLUMN newsmill.dead.sqlstate IS 'PostgreSQL''s code when the database refused it';
COMMENT ON COLUMN newsmill.dead.message IS 'one sentence for people';
COMMENT ON COLUMN newsmill.dead.attempts IS 'how often it was tried';
COMMENT ON COLUMN newsmill.dead.original IS 'the message as the producer sent it';
COMMENT ON COLUMN newsmill.dead.died IS 'when it was given up';
COMMENT ON COLUMN newsmill.dead.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.dead.key IS 'names this acceptance; time-ordered';
