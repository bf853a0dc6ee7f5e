-- GDELT 2.0's tables as views, and what newsmill export reads from any view. Names and order of the columns
-- are those of the codebooks (Event 2.0: 61, Mentions: 16, GKG 2.1: 27; a full stop in a name is an underscore),
-- and behind them `received`, by which an export is cut. What is not known stays empty.

-- FIPS 10-4 codes of countries, which GDELT uses, by ISO 3166-1 alpha-2.
CREATE TABLE newsmill_data.fips (
    iso  text NOT NULL PRIMARY KEY,
    fips text NOT NULL
);
INSERT INTO newsmill_data.fips VALUES
    ('AD', 'AN'), ('AE', 'AE'), ('AF', 'AF'), ('AG', 'AC'), ('AI', 'AV'), ('AL', 'AL'), ('AM', 'AM'),
    ('AO', 'AO'), ('AQ', 'AY'), ('AR', 'AR'), ('AS', 'AQ'), ('AT', 'AU'), ('AU', 'AS'), ('AW', 'AA'),
    ('AX', 'FI'), ('AZ', 'AJ'), ('BA', 'BK'), ('BB', 'BB'), ('BD', 'BG'), ('BE', 'BE'), ('BF', 'UV'),
    ('BG', 'BU'), ('BH', 'BA'), ('BI', 'BY'), ('BJ', 'BN'), ('BL', 'TB'), ('BM', 'BD'), ('BN', 'BX'),
    ('BO', 'BL'), ('BR', 'BR'), ('BS', 'BF'), ('BT', 'BT'), ('BV', 'BV'), ('BW', 'BC'), ('BY', 'BO'),
    ('BZ', 'BH'), ('CA', 'CA'), ('CC', 'CK'), ('CD', 'CG'), ('CF', 'CT'), ('CG', 'CF'), ('CH', 'SZ'),
    ('CI', 'IV'), ('CK', 'CW'), ('CL', 'CI'), ('CM', 'CM'), ('CN', 'CH'), ('CO', 'CO'), ('CR', 'CS'),
    ('CU', 'CU'), ('CV', 'CV'), ('CW', 'UC'), ('CX', 'KT'), ('CY', 'CY'), ('CZ', 'EZ'), ('DE', 'GM'),
    ('DJ', 'DJ'), ('DK', 'DA'), ('DM', 'DO'), ('DO', 'DR'), ('DZ', 'AG'), ('EC', 'EC'), ('EE', 'EN'),
    ('EG', 'EG'), ('EH', 'WI'), ('ER', 'ER'), ('ES', 'SP'), ('ET', 'ET'), ('FI', 'FI'), ('FJ', 'FJ'),
    ('FK', 'FK'), ('FM', 'FM'), ('FO', 'FO'), ('FR', 'FR'), ('GA', 'GB'), ('GB', 'UK'), ('GD', 'GJ'),
    ('GE', 'GG'), ('GF', 'FG'), ('GG', 'GK'), ('GH', 'GH'), ('GI', 'GI'), ('GL', 'GL'), ('GM', 'GA'),
    ('GN', 'GV'), ('GP', 'GP'), ('GQ', 'EK'), ('GR', 'GR'), ('GS', 'SX'), ('GT', 'GT'), ('GU', 'GQ'),
    ('GW', 'PU'), ('GY', 'GY'), ('HK', 'HK'), ('HM', 'HM'), ('HN', 'HO'), ('HR', 'HR'), ('HT', 'HA'),
    ('HU', 'HU'), ('ID', 'ID'), ('IE', 'EI'), ('IL', 'IS'), ('IM', 'IM'), ('IN', 'IN'), ('IO', 'IO'),
    ('IQ', 'IZ'), ('IR', 'IR'), ('IS', 'IC'), ('IT', 'IT'), ('JE', 'JE'), ('JM', 'JM'), ('JO', 'JO'),
    ('JP', 'JA'), ('KE', 'KE'), ('KG', 'KG'), ('KH', 'CB'), ('KI', 'KR'), ('KM', 'CN'), ('KN', 'SC'),
    ('KP', 'KN'), ('KR', 'KS'), ('KW', 'KU'), ('KY', 'CJ'), ('KZ', 'KZ'), ('LA', 'LA'), ('LB', 'LE'),
    ('LC', 'ST'), ('LI', 'LS'), ('LK', 'CE'), ('LR', 'LI'), ('LS', 'LT'), ('LT', 'LH'), ('LU', 'LU'),
    ('LV', 'LG'), ('LY', 'LY'), ('MA', 'MO'), ('MC', 'MN'), ('MD', 'MD'), ('ME', 'MJ'), ('MF', 'RN'),
    ('MG', 'MA'), ('MH', 'RM'), ('MK', 'MK'), ('ML', 'ML'), ('MM', 'BM'), ('MN', 'MG'), ('MO', 'MC'),
    ('MP', 'CQ'), ('MQ', 'MB'), ('MR', 'MR'), ('MS', 'MH'), ('MT', 'MT'), ('MU', 'MP'), ('MV', 'MV'),
    ('MW', 'MI'), ('MX', 'MX'), ('MY', 'MY'), ('MZ', 'MZ'), ('NA', 'WA'), ('NC', 'NC'), ('NE', 'NG'),
    ('NF', 'NF'), ('NG', 'NI'), ('NI', 'NU'), ('NL', 'NL'), ('NO', 'NO'), ('NP', 'NP'), ('NR', 'NR'),
    ('NU', 'NE'), ('NZ', 'NZ'), ('OM', 'MU'), ('PA', 'PM'), ('PE', 'PE'), ('PF', 'FP'), ('PG', 'PP'),
    ('PH', 'RP'), ('PK', 'PK'), ('PL', 'PL'), ('PM', 'SB'), ('PN', 'PC'), ('PR', 'RQ'), ('PS', 'WE'),
    ('PT', 'PO'), ('PW', 'PS'), ('PY', 'PA'), ('QA', 'QA'), ('RE', 'RE'), ('RO', 'RO'), ('RS', 'RI'),
    ('RU', 'RS'), ('RW', 'RW'), ('SA', 'SA'), ('SB', 'BP'), ('SC', 'SE'), ('SD', 'SU'), ('SE', 'SW'),
    ('SG', 'SN'), ('SH', 'SH'), ('SI', 'SI'), ('SJ', 'SV'), ('SK', 'LO'), ('SL', 'SL'), ('SM', 'SM'),
    ('SN', 'SG'), ('SO', 'SO'), ('SR', 'NS'), ('SS', 'OD'), ('ST', 'TP'), ('SV', 'ES'), ('SX', 'NN'),
    ('SY', 'SY'), ('SZ', 'WZ'), ('TC', 'TK'), ('TD', 'CD'), ('TF', 'FS'), ('TG', 'TO'), ('TH', 'TH'),
    ('TJ', 'TI'), ('TK', 'TL'), ('TL', 'TT'), ('TM', 'TX'), ('TN', 'TS'), ('TO', 'TN'), ('TR', 'TU'),
    ('TT', 'TD'), ('TV', 'TV'), ('TW', 'TW'), ('TZ', 'TZ'), ('UA', 'UP'), ('UG', 'UG'), ('US', 'US'),
    ('UY', 'UY'), ('UZ', 'UZ'), ('VA', 'VT'), ('VC', 'VC'), ('VE', 'VE'), ('VG', 'VI'), ('VI', 'VQ'),
    ('VN', 'VM'), ('VU', 'NH'), ('WF', 'WF'), ('WS', 'WS'), ('XK', 'KV'), ('YE', 'YM'), ('YT', 'MF'),
    ('ZA', 'SF'), ('ZM', 'ZA'), ('ZW', 'ZI');

-- 63 bits that are the same for one event whenever it is exported.
CREATE FUNCTION newsmill_data.gdelt_id(key uuid, ordinal integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(md5(key::text || '/' || ordinal), 16))::bit(64)::bigint & 9223372036854775807;

-- A part of a list: without the signs that part it.
CREATE FUNCTION newsmill_data.gdelt_part(part text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(part, E';,#|\t\n\r', '       ');

CREATE FUNCTION newsmill_data.gdelt_xml(part text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(replace(replace(translate(part, E'\t\n\r', '   '), '&', '&amp;'), '<', '&lt;'), '>', '&gt;');

CREATE VIEW newsmill.gdelt_countries AS
SELECT f.iso, f.fips FROM newsmill_data.fips f;
COMMENT ON VIEW newsmill.gdelt_countries IS 'Country codes of GDELT.';
COMMENT ON COLUMN newsmill.gdelt_countries.iso IS 'ISO 3166-1 alpha-2';
COMMENT ON COLUMN newsmill.gdelt_countries.fips IS 'FIPS 10-4';

-- A place as GDELT has it. Whoever asks a view calls it, so it knows views only.
CREATE FUNCTION newsmill_data.gdelt_place(name text, kind text, country text, admin1 text, at_lat double precision,
    at_lon double precision, geonames bigint)
RETURNS TABLE (type integer, full_name text, fips text, adm1 text, lat double precision, lon double precision, feature text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN kind = 'country' THEN 1 WHEN kind = 'city' THEN CASE WHEN country = 'US' THEN 3 ELSE 4 END
                ELSE CASE WHEN country = 'US' THEN 2 ELSE 5 END END,
        concat_ws(', ', newsmill_data.gdelt_part(name), newsmill_data.gdelt_part(admin1), country),
        c.fips, c.fips || coalesce(newsmill_data.gdelt_part(admin1), ''), at_lat, at_lon,
        coalesce(geonames::text, c.fips)
    FROM (SELECT 1) AS one LEFT JOIN newsmill.gdelt_countries c ON c.iso = country;
END;

CREATE VIEW newsmill.gdelt_events AS
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
    0 AS "Actor1Geo_Type",
    NULL::text AS "Actor1Geo_FullName",
    NULL::text AS "Actor1Geo_CountryCode",
    NULL::text AS "Actor1Geo_ADM1Code",
    NULL::text AS "Actor1Geo_ADM2Code",
    NULL::double precision AS "Actor1Geo_Lat",
    NULL::double precision AS "Actor1Geo_Long",
    NULL::text AS "Actor1Geo_FeatureID",
    0 AS "Actor2Geo_Type",
    NULL::text AS "Actor2Geo_FullName",
    NULL::text AS "Actor2Geo_CountryCode",
    NULL::text AS "Actor2Geo_ADM1Code",
    NULL::text AS "Actor2Geo_ADM2Code",
    NULL::double precision AS "Actor2Geo_Lat",
    NULL::double precision AS "Actor2Geo_Long",
    NULL::text AS "Actor2Geo_FeatureID",
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
WHERE f.latest AND f.cameo IS NOT NULL AND NOT f.negated;
COMMENT ON VIEW newsmill.gdelt_events IS 'Events as GDELT 2.0 has them: those with a CAMEO code that are not negated.';
COMMENT ON COLUMN newsmill.gdelt_events."GLOBALEVENTID" IS 'number of the event, the same in gdelt_mentions';
COMMENT ON COLUMN newsmill.gdelt_events."SQLDATE" IS 'day of the event; where the text names none, of publication';
COMMENT ON COLUMN newsmill.gdelt_events."MonthYear" IS 'its month';
COMMENT ON COLUMN newsmill.gdelt_events."Year" IS 'its year';
COMMENT ON COLUMN newsmill.gdelt_events."FractionDate" IS 'its year and the part of it that has passed: (month * 30 + day) / 365';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Code" IS 'who did it: country or body and sector';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Name" IS 'as it is written, in capitals';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1CountryCode" IS 'CAMEO country code';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1KnownGroupCode" IS 'kind of international body';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1EthnicCode" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Religion1Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Religion2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Type1Code" IS 'sector';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Type2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Type3Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Code" IS 'whom it was done to: country or body and sector';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Name" IS 'as it is written, in capitals';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2CountryCode" IS 'CAMEO country code';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2KnownGroupCode" IS 'kind of international body';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2EthnicCode" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Religion1Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Religion2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Type1Code" IS 'sector';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Type2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Type3Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."IsRootEvent" IS '1 when it stands in the first paragraph';
COMMENT ON COLUMN newsmill.gdelt_events."EventCode" IS 'CAMEO code';
COMMENT ON COLUMN newsmill.gdelt_events."EventBaseCode" IS 'its first three digits';
COMMENT ON COLUMN newsmill.gdelt_events."EventRootCode" IS 'its first two digits';
COMMENT ON COLUMN newsmill.gdelt_events."QuadClass" IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict';
COMMENT ON COLUMN newsmill.gdelt_events."GoldsteinScale" IS 'Goldstein scale';
COMMENT ON COLUMN newsmill.gdelt_events."NumMentions" IS 'how often the article tells it';
COMMENT ON COLUMN newsmill.gdelt_events."NumSources" IS '1: an event is of one article';
COMMENT ON COLUMN newsmill.gdelt_events."NumArticles" IS '1: an event is of one article';
COMMENT ON COLUMN newsmill.gdelt_events."AvgTone" IS 'tone of the article';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Type" IS 'always 0: actors have no places';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_FullName" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_CountryCode" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_ADM1Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_ADM2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Lat" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_Long" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor1Geo_FeatureID" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Type" IS 'always 0: actors have no places';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_FullName" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_CountryCode" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_ADM1Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_ADM2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Lat" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_Long" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."Actor2Geo_FeatureID" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_Type" IS '0 none, 1 country, 2 US state, 3 US city, 4 city elsewhere, 5 region elsewhere';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_FullName" IS 'name of the place, its region and country';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_CountryCode" IS 'FIPS 10-4 country code';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_ADM1Code" IS 'FIPS country code and first-level division';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_ADM2Code" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_Lat" IS 'latitude';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_Long" IS 'longitude';
COMMENT ON COLUMN newsmill.gdelt_events."ActionGeo_FeatureID" IS 'GeoNames id; else the country code';
COMMENT ON COLUMN newsmill.gdelt_events."DATEADDED" IS 'when ingest accepted the article';
COMMENT ON COLUMN newsmill.gdelt_events."SOURCEURL" IS 'where it was published';
COMMENT ON COLUMN newsmill.gdelt_events."received" IS 'when ingest accepted the article; not part of GDELT''s table';

CREATE VIEW newsmill.gdelt_mentions AS
SELECT
    newsmill_data.gdelt_id(f.article_key, f.ordinal) AS "GLOBALEVENTID",
    to_char(a.received AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') AS "EventTimeDate",
    to_char(a.received AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') AS "MentionTimeDate",
    1 AS "MentionType",
    a.source AS "MentionSourceName",
    coalesce(a.url, a.article::text) AS "MentionIdentifier",
    f.sentence + 1 AS "SentenceID",
    coalesce(f.source_start, -1) AS "Actor1CharOffset",
    coalesce(f.target_start, -1) AS "Actor2CharOffset",
    f.start_offset AS "ActionCharOffset",
    1 AS "InRawText",
    greatest(10, least(100, round(coalesce(f.confidence, 0.5) * 10) * 10))::integer AS "Confidence",
    char_length(a.text) AS "MentionDocLen",
    a.tone AS "MentionDocTone",
    NULL::text AS "MentionDocTranslationInfo",
    NULL::text AS "Extras",
    f.received
FROM newsmill_data.events f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.received = f.received
WHERE f.latest AND f.cameo IS NOT NULL AND NOT f.negated;
COMMENT ON VIEW newsmill.gdelt_mentions IS 'Mentions as GDELT 2.0 has them: where each of gdelt_events is told.';
COMMENT ON COLUMN newsmill.gdelt_mentions."GLOBALEVENTID" IS 'number of the event';
COMMENT ON COLUMN newsmill.gdelt_mentions."EventTimeDate" IS 'when the event was first recorded: with this article';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionTimeDate" IS 'when ingest accepted the article';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionType" IS '1: from the web';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionSourceName" IS 'publisher';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionIdentifier" IS 'URL; the article''s uuid where there is none';
COMMENT ON COLUMN newsmill.gdelt_mentions."SentenceID" IS 'number of the sentence, from 1';
COMMENT ON COLUMN newsmill.gdelt_mentions."Actor1CharOffset" IS 'code point where the text names who did it; -1: nowhere';
COMMENT ON COLUMN newsmill.gdelt_mentions."Actor2CharOffset" IS 'code point where it names whom it was done to; -1: nowhere';
COMMENT ON COLUMN newsmill.gdelt_mentions."ActionCharOffset" IS 'code point of the trigger';
COMMENT ON COLUMN newsmill.gdelt_mentions."InRawText" IS '1: the text was not rewritten to find it';
COMMENT ON COLUMN newsmill.gdelt_mentions."Confidence" IS '10 to 100 per cent, in tens';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionDocLen" IS 'code points of the text';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionDocTone" IS 'tone of the article';
COMMENT ON COLUMN newsmill.gdelt_mentions."MentionDocTranslationInfo" IS 'always empty: nothing is translated';
COMMENT ON COLUMN newsmill.gdelt_mentions."Extras" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_mentions."received" IS 'when ingest accepted the article; not part of GDELT''s table';

CREATE VIEW newsmill.gdelt_gkg AS
SELECT
    to_char(a.received AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || '-' || ('x' || right(a.key::text, 12))::bit(48)::bigint AS "GKGRECORDID",
    to_char(coalesce(a.published, a.received) AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') AS "V2_1DATE",
    1 AS "V2SOURCECOLLECTIONIDENTIFIER",
    a.source AS "V2SOURCECOMMONNAME",
    coalesce(a.url, a.article::text) AS "V2DOCUMENTIDENTIFIER",
    NULL::text AS "V1COUNTS",
    NULL::text AS "V2_1COUNTS",
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
COMMENT ON VIEW newsmill.gdelt_gkg IS 'The Global Knowledge Graph as GDELT 2.1 has it: one row an article.';
COMMENT ON COLUMN newsmill.gdelt_gkg."GKGRECORDID" IS 'when ingest accepted the article, and a number';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1DATE" IS 'when it was published';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2SOURCECOLLECTIONIDENTIFIER" IS '1: from the web';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2SOURCECOMMONNAME" IS 'publisher';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2DOCUMENTIDENTIFIER" IS 'URL; the article''s uuid where there is none';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1COUNTS" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1COUNTS" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1THEMES" IS 'codes of the themes';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2ENHANCEDTHEMES" IS 'always empty: themes are of the whole text';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1LOCATIONS" IS 'type#name#country#division#latitude#longitude#feature of each place';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2ENHANCEDLOCATIONS" IS 'the same a mention, with an empty second division before the latitude, and its offset';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1PERSONS" IS 'people';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2ENHANCEDPERSONS" IS 'name,offset of each mention of one';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1ORGANIZATIONS" IS 'organizations';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2ENHANCEDORGANIZATIONS" IS 'name,offset of each mention of one';
COMMENT ON COLUMN newsmill.gdelt_gkg."V1_5TONE" IS 'tone, positive, negative, polarity, activity, self and group, number of words';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1ENHANCEDDATES" IS 'resolution (1 year, 2 month, 3 day),month,day,year,offset of each date';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2GCAM" IS 'wc: number of words';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1SHARINGIMAGE" IS 'lead image';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1RELATEDIMAGES" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1SOCIALIMAGEEMBEDS" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1SOCIALVIDEOEMBEDS" IS 'always empty';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1QUOTATIONS" IS 'offset|length|verb|quotation of direct speech';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1ALLNAMES" IS 'name,offset of every name';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1AMOUNTS" IS 'amount,object,offset of each amount that is no percentage';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2_1TRANSLATIONINFO" IS 'always empty: nothing is translated';
COMMENT ON COLUMN newsmill.gdelt_gkg."V2EXTRASXML" IS 'links, authors, time of publication and title, as XML';
COMMENT ON COLUMN newsmill.gdelt_gkg."received" IS 'when ingest accepted the article; not part of GDELT''s table';

-- Opens the cursor `export` over a view, each row one line of text, and returns the line before the first (NULL:
-- none). csv: RFC 4180, a heading, empty for NULL; tsv: no heading, tabs and line ends in values become spaces,
-- without `received` of a gdelt_ view; jsonl: an object a line. `since` and `until` (excluded) ask the first of
-- these columns that the view has: received, matched, died, last_received, hour, day.
CREATE FUNCTION newsmill.export_open(view_name text, format text, since timestamptz, until timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    export  refcursor := 'export';
    wanted  regclass := to_regclass(format('newsmill.%I', view_name));
    columns text[];
    timed   text;
    line    text;
    cut     text;
BEGIN
    SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO columns
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid = wanted AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('v', 'm');
    IF columns IS NULL THEN
        RAISE 'there is no view "%": there are %', view_name, (
            SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
            WHERE c.relnamespace = 'newsmill'::regnamespace AND c.relkind IN ('v', 'm')) USING ERRCODE = '22023';
    END IF;
    SELECT t.name INTO timed FROM unnest(ARRAY['received', 'matched', 'died', 'last_received', 'hour', 'day'])
        WITH ORDINALITY AS t (name, place) WHERE t.name = ANY (columns) ORDER BY t.place LIMIT 1;
    IF timed IS NULL AND (since IS NOT NULL OR until IS NOT NULL) THEN
        RAISE 'the view "%" has no time to cut it by', view_name USING ERRCODE = '22023';
    END IF;
    IF view_name LIKE 'gdelt\_%' AND format = 'tsv' THEN
        columns := array_remove(columns, 'received');
    END IF;
    line := CASE format
        WHEN 'csv' THEN (SELECT string_agg(format($f$coalesce('"' || replace(v.%I::text, '"', '""') || '"', '')$f$, c.name), $f$ || ',' || $f$ ORDER BY c.place)
                         FROM unnest(columns) WITH ORDINALITY AS c (name, place))
        WHEN 'tsv' THEN (SELECT string_agg(format($f$coalesce(translate(v.%I::text, E'\t\n\r', '   '), '')$f$, c.name), $f$ || E'\t' || $f$ ORDER BY c.place)
                         FROM unnest(columns) WITH ORDINALITY AS c (name, place))
        WHEN 'jsonl' THEN 'row_to_json(v)::text' END;
    IF line IS NULL THEN
        RAISE 'there is no format "%": there are csv, jsonl, tsv', format USING ERRCODE = '22023';
    END IF;
    cut := concat(CASE WHEN since IS NOT NULL THEN format(' AND v.%I >= %L', timed, since) END,
                  CASE WHEN until IS NOT NULL THEN format(' AND v.%I < %L', timed, until) END);
    OPEN export NO SCROLL FOR EXECUTE format('SELECT %s FROM %s v WHERE true%s', line, wanted, cut);
    RETURN CASE WHEN format = 'csv' THEN (SELECT string_agg('"' || replace(c.name, '"', '""') || '"', ',' ORDER BY c.place)
                                          FROM unnest(columns) WITH ORDINALITY AS c (name, place)) END;
END
$$;
COMMENT ON FUNCTION newsmill.export_open(text, text, timestamptz, timestamptz) IS
    'For newsmill export: opens the cursor "export" over a view, a line of csv, tsv or jsonl a row; returns the heading.';
