-- More of GDELT's columns: the places of actors, and counts.
--
-- FIPS 10-4 codes have been compared with GeoNames' countryInfo.txt: all 247 that it has are the same in newsmill_data.fips. Aland
-- has none of its own there, and is told as Finland.

-- Of the places of an article, the one that is named nearest to a code point: of those in the country of an actor, where its code
-- (ISO 3166-1 alpha-3) is of one; else of all. Whoever asks a view calls it, so it knows views only.
CREATE FUNCTION newsmill_data.gdelt_near_place(in_article uuid, at timestamptz, actor_country text, near integer)
RETURNS TABLE (type integer, full_name text, fips text, adm1 text, lat double precision, lon double precision, feature text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT g.type, g.full_name, g.fips, g.adm1, g.lat, g.lon, g.feature
    FROM (SELECT p.name, p.kind, p.country, p.admin1, p.lat, p.lon, p.geonames
          FROM newsmill.places p LEFT JOIN newsmill.countries c ON c.code = actor_country
          WHERE p.article = in_article AND p.received = at AND near IS NOT NULL AND (c.country IS NULL OR p.country = c.country)
          ORDER BY abs(p.start_offset - near), p.ordinal LIMIT 1) n
    CROSS JOIN LATERAL newsmill_data.gdelt_place(n.name, n.kind, n.country, n.admin1, n.lat, n.lon, n.geonames) g;
END;

-- What GDELT's GKG counts, as far as the words of its sentence behind an amount say so, in English.
CREATE FUNCTION newsmill_data.gdelt_count_type(behind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN m[1] IS NOT NULL THEN 'KILL' WHEN m[2] IS NOT NULL THEN 'WOUND' WHEN m[3] IS NOT NULL THEN 'ARREST'
                WHEN m[4] IS NOT NULL THEN 'KIDNAP' WHEN m[5] IS NOT NULL THEN 'EVACUATION' WHEN m[6] IS NOT NULL THEN 'PROTEST'
                WHEN m[7] IS NOT NULL THEN 'AFFECT' END
    FROM regexp_match(behind, '^[^.;:!?]*?\m(?:(killed|dead|died|deaths|slain)|(wounded|injured|hurt)|(arrested|detained|jailed)|(kidnapped|abducted|hostages)|(evacuated)|(protesters|demonstrators)|(refugees|displaced|homeless))\M', 'i') AS m);

-- type#number#object and a place, of each amount of whole people or things that is one of those; near which place it is named.
CREATE FUNCTION newsmill_data.gdelt_counts(in_article uuid, at timestamptz, body text, language text)
RETURNS TABLE (ordinal integer, start_offset integer, block text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT f.ordinal, f.start_offset,
        concat_ws('#', t.type, f.value::bigint, coalesce(newsmill_data.gdelt_part(f.object), ''), coalesce(g.type, 0), coalesce(g.full_name, ''),
                  coalesce(g.fips, ''), coalesce(g.adm1, ''), coalesce(g.lat::text, ''), coalesce(g.lon::text, ''), coalesce(g.feature, ''))
    FROM newsmill.amounts f
    CROSS JOIN LATERAL (SELECT newsmill_data.gdelt_count_type(concat(f.object, ' ', substring(body FROM f.end_offset + 1 FOR 60))) AS type) t
    LEFT JOIN LATERAL newsmill_data.gdelt_near_place(in_article, at, NULL, f.start_offset) g ON true
    WHERE f.article = in_article AND f.received = at AND split_part(language, '-', 1) = 'en' AND f.kind IN ('count', 'number')
      AND f.value BETWEEN 1 AND 1e9 AND f.value = trunc(f.value) AND t.type IS NOT NULL;
END;

CREATE OR REPLACE VIEW newsmill.gdelt_events AS
SELECT
    newsmill_data.gdelt_id(f.article_key, f.ordinal) AS "GLOBALEVENTID",
    to_char(d.day, 'YYYYMMDD') AS "SQLDATE",
    to_char(d.day, 'YYYYMM') AS "MonthYear",
    to_char(d.day, 'YYYY') AS "Year",
    to_char(extract(year FROM d.day) + (extract(month FROM d.day) * 30 + extract(day FROM d.day)) / 365, 'FM9990.0000') AS "FractionDate",
    nullif(concat(f.source_code, f.source_sector), '') AS "Actor1Code",
    upper(f.source_text) AS "Actor1Name",
    CASE WHEN f.source_code NOT IN ('IGO', 'NGO', 'MNC', 'INT') THEN left(f.source_code, 3) END AS "Actor1CountryCode",
    CASE WHEN f.source_code IN ('IGO', 'NGO', 'MNC', 'INT') THEN f.source_code END AS "Actor1KnownGroupCode",
    NULL::text AS "Actor1EthnicCode",
    NULL::text AS "Actor1Religion1Code",
    NULL::text AS "Actor1Religion2Code",
    f.source_sector AS "Actor1Type1Code",
    NULL::text AS "Actor1Type2Code",
    NULL::text AS "Actor1Type3Code",
    nullif(concat(f.target_code, f.target_sector), '') AS "Actor2Code",
    upper(f.target_text) AS "Actor2Name",
    CASE WHEN f.target_code NOT IN ('IGO', 'NGO', 'MNC', 'INT') THEN left(f.target_code, 3) END AS "Actor2CountryCode",
    CASE WHEN f.target_code IN ('IGO', 'NGO', 'MNC', 'INT') THEN f.target_code END AS "Actor2KnownGroupCode",
    NULL::text AS "Actor2EthnicCode",
    NULL::text AS "Actor2Religion1Code",
    NULL::text AS "Actor2Religion2Code",
    f.target_sector AS "Actor2Type1Code",
    NULL::text AS "Actor2Type2Code",
    NULL::text AS "Actor2Type3Code",
    f.lead::integer AS "IsRootEvent",
    f.cameo AS "EventCode",
    left(f.cameo, 3) AS "EventBaseCode",
    left(f.cameo, 2) AS "EventRootCode",
    f.quad AS "QuadClass",
    f.goldstein AS "GoldsteinScale",
    f.mentions AS "NumMentions",
    1 AS "NumSources",
    1 AS "NumArticles",
    a.tone AS "AvgTone",
    coalesce(one.type, 0) AS "Actor1Geo_Type",
    one.full_name AS "Actor1Geo_FullName",
    one.fips AS "Actor1Geo_CountryCode",
    one.adm1 AS "Actor1Geo_ADM1Code",
    NULL::text AS "Actor1Geo_ADM2Code",
    one.lat AS "Actor1Geo_Lat",
    one.lon AS "Actor1Geo_Long",
    one.feature AS "Actor1Geo_FeatureID",
    coalesce(two.type, 0) AS "Actor2Geo_Type",
    two.full_name AS "Actor2Geo_FullName",
    two.fips AS "Actor2Geo_CountryCode",
    two.adm1 AS "Actor2Geo_ADM1Code",
    NULL::text AS "Actor2Geo_ADM2Code",
    two.lat AS "Actor2Geo_Lat",
    two.lon AS "Actor2Geo_Long",
    two.feature AS "Actor2Geo_FeatureID",
    coalesce(g.type, 0) AS "ActionGeo_Type",
    g.full_name AS "ActionGeo_FullName",
    g.fips AS "ActionGeo_CountryCode",
    g.adm1 AS "ActionGeo_ADM1Code",
    NULL::text AS "ActionGeo_ADM2Code",
    g.lat AS "ActionGeo_Lat",
    g.lon AS "ActionGeo_Long",
    g.feature AS "ActionGeo_FeatureID",
    to_char(a.received AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') AS "DATEADDED",
    a.url AS "SOURCEURL",
    f.received
FROM newsmill_data.events f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.received = f.received
CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN f.date ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])' THEN left(f.date, 10)::date END, (coalesce(a.published, a.received) AT TIME ZONE 'UTC')::date) AS day) d
LEFT JOIN newsmill_data.places p ON p.article = f.article AND p.received = f.received AND p.article_key = f.article_key
    AND p.ordinal = f.place
LEFT JOIN LATERAL newsmill_data.gdelt_place(p.name, p.kind, p.country, p.admin1, p.lat, p.lon, p.geonames) g ON p.article_key IS NOT NULL
LEFT JOIN LATERAL newsmill_data.gdelt_near_place(f.article, f.received, left(f.source_code, 3), f.source_start) one ON true
LEFT JOIN LATERAL newsmill_data.gdelt_near_place(f.article, f.received, left(f.target_code, 3), f.target_start) two ON true
WHERE f.latest AND f.cameo IS NOT NULL AND NOT f.negated;

CREATE OR REPLACE VIEW newsmill.gdelt_gkg AS
SELECT
    to_char(a.received AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || '-' || ('x' || right(a.key::text, 12))::bit(48)::bigint AS "GKGRECORDID",
    to_char(coalesce(a.published, a.received) AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') AS "V2_1DATE",
    1 AS "V2SOURCECOLLECTIONIDENTIFIER",
    a.source AS "V2SOURCECOMMONNAME",
    coalesce(a.url, a.article::text) AS "V2DOCUMENTIDENTIFIER",
    (SELECT string_agg(k.block, ';' ORDER BY k.ordinal) || ';' FROM newsmill_data.gdelt_counts(a.article, a.received, a.text, a.language) k) AS "V1COUNTS",
    (SELECT string_agg(k.block || '#' || k.start_offset, ';' ORDER BY k.ordinal) || ';' FROM newsmill_data.gdelt_counts(a.article, a.received, a.text, a.language) k) AS "V2_1COUNTS",
    (SELECT string_agg(newsmill_data.gdelt_part(t.value ->> 'code'), ';' ORDER BY t.ordinality) || ';' FROM jsonb_array_elements(a.themes) WITH ORDINALITY t) AS "V1THEMES",
    NULL::text AS "V2ENHANCEDTHEMES",
    (SELECT string_agg(l.block, ';' ORDER BY l.first) FROM (SELECT concat_ws('#', g.type, coalesce(g.full_name, ''), coalesce(g.fips, ''), coalesce(g.adm1, ''), coalesce(g.lat::text, ''), coalesce(g.lon::text, ''), coalesce(g.feature, '')) AS block, min(f.ordinal) AS first FROM newsmill_data.places f CROSS JOIN LATERAL newsmill_data.gdelt_place(f.name, f.kind, f.country, f.admin1, f.lat, f.lon, f.geonames) g WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key GROUP BY 1) l) AS "V1LOCATIONS",
    (SELECT string_agg(concat_ws('#', g.type, coalesce(g.full_name, ''), coalesce(g.fips, ''), coalesce(g.adm1, ''), '', coalesce(g.lat::text, ''), coalesce(g.lon::text, ''), coalesce(g.feature, ''), f.start_offset), ';' ORDER BY f.ordinal) FROM newsmill_data.places f CROSS JOIN LATERAL newsmill_data.gdelt_place(f.name, f.kind, f.country, f.admin1, f.lat, f.lon, f.geonames) g WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key) AS "V2ENHANCEDLOCATIONS",
    (SELECT string_agg(n.name, ';' ORDER BY n.first) FROM (SELECT lower(newsmill_data.gdelt_part(coalesce(f.name, f.text))) AS name, min(f.ordinal) AS first FROM newsmill_data.names f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.type = 'person' GROUP BY 1) n) AS "V1PERSONS",
    (SELECT string_agg(newsmill_data.gdelt_part(coalesce(f.name, f.text)) || ',' || f.start_offset, ';' ORDER BY f.ordinal) FROM newsmill_data.names f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.type = 'person') AS "V2ENHANCEDPERSONS",
    (SELECT string_agg(n.name, ';' ORDER BY n.first) FROM (SELECT lower(newsmill_data.gdelt_part(coalesce(f.name, f.text))) AS name, min(f.ordinal) AS first FROM newsmill_data.names f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.type = 'organization' GROUP BY 1) n) AS "V1ORGANIZATIONS",
    (SELECT string_agg(newsmill_data.gdelt_part(coalesce(f.name, f.text)) || ',' || f.start_offset, ';' ORDER BY f.ordinal) FROM newsmill_data.names f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.type = 'organization') AS "V2ENHANCEDORGANIZATIONS",
    concat_ws(',', coalesce(a.tone, 0), coalesce(a.positive, 0), coalesce(a.negative, 0), coalesce(a.polarity, 0), coalesce(a.activity, 0), coalesce(a.self_group, 0), a.words) AS "V1_5TONE",
    (SELECT string_agg(concat_ws(',', CASE length(f.value) WHEN 4 THEN 1 WHEN 7 THEN 2 ELSE 3 END, coalesce(nullif(substr(f.value, 6, 2), '')::integer, 0), coalesce(nullif(substr(f.value, 9, 2), '')::integer, 0), left(f.value, 4)::integer, f.start_offset), ';' ORDER BY f.ordinal) FROM newsmill_data.dates f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.value ~ '^\d{4}(-\d\d(-\d\d)?)?$') AS "V2_1ENHANCEDDATES",
    'wc:' || a.words AS "V2GCAM",
    a.image AS "V2_1SHARINGIMAGE",
    NULL::text AS "V2_1RELATEDIMAGES",
    NULL::text AS "V2_1SOCIALIMAGEEMBEDS",
    NULL::text AS "V2_1SOCIALVIDEOEMBEDS",
    (SELECT string_agg(concat_ws('|', f.start_offset, f.end_offset - f.start_offset, coalesce(newsmill_data.gdelt_part(f.cue), ''), newsmill_data.gdelt_part(substring(a.text FROM f.start_offset + 1 FOR f.end_offset - f.start_offset))), '#' ORDER BY f.ordinal) FROM newsmill_data.quotes f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.direct) AS "V2_1QUOTATIONS",
    (SELECT string_agg(newsmill_data.gdelt_part(coalesce(f.name, f.text)) || ',' || f.start_offset, ';' ORDER BY f.ordinal) FROM newsmill_data.names f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key) AS "V2_1ALLNAMES",
    (SELECT string_agg(concat_ws(',', f.value, coalesce(newsmill_data.gdelt_part(coalesce(f.object, f.unit)), ''), f.start_offset), ';' ORDER BY f.ordinal) FROM newsmill_data.amounts f WHERE f.article = a.article AND f.received = a.received AND f.article_key = a.key AND f.kind <> 'percent' AND f.value IS NOT NULL) AS "V2_1AMOUNTS",
    NULL::text AS "V2_1TRANSLATIONINFO",
    concat('<PAGE_LINKS>' || newsmill_data.gdelt_xml(nullif(array_to_string(a.links, ';'), '')) || '</PAGE_LINKS>', '<PAGE_AUTHORS>' || newsmill_data.gdelt_xml(nullif(array_to_string(a.authors, ';'), '')) || '</PAGE_AUTHORS>', '<PAGE_PRECISEPUBTIMESTAMP>' || to_char(a.published AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || '</PAGE_PRECISEPUBTIMESTAMP>', '<PAGE_TITLE>' || newsmill_data.gdelt_xml(a.title) || '</PAGE_TITLE>') AS "V2EXTRASXML",
    a.received
FROM newsmill_data.articles a
WHERE a.latest;

COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Type" IS '0 none, 1 country, 2 US state, 3 US city, 4 city elsewhere, 5 region elsewhere';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_FullName" IS 'the place in the country of who did it, or any where that has none, that is named nearest: its name, region and country';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_CountryCode" IS 'FIPS 10-4 country code';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_ADM1Code" IS 'FIPS country code and first-level division';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Lat" IS 'latitude';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Long" IS 'longitude';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_FeatureID" IS 'GeoNames id; else the country code';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Type" IS '0 none, 1 country, 2 US state, 3 US city, 4 city elsewhere, 5 region elsewhere';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_FullName" IS 'the place in the country of whom it was done to, or any where that has none, that is named nearest: its name, region and country';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_CountryCode" IS 'FIPS 10-4 country code';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_ADM1Code" IS 'FIPS country code and first-level division';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Lat" IS 'latitude';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Long" IS 'longitude';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_FeatureID" IS 'GeoNames id; else the country code';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1COUNTS" IS 'type#number#object#place type#place#country#division#latitude#longitude#feature of the killed, wounded, arrested, kidnapped, evacuated, protesting and displaced; English only';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1COUNTS" IS 'the same with the offset of each';
