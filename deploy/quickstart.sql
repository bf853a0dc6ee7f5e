-- What deploy/quickstart shows: a row an article, with the countries it names and how often.
SELECT regexp_replace(a.id, '^.*/', '') AS sample,
       left(a.title, 44) AS title,
       a.language,
       round(a.tone::numeric, 1) AS tone,
       (SELECT string_agg(format('%s %s', name, mentions), ', ' ORDER BY mentions DESC, name)
          FROM (SELECT n.name, count(*) AS mentions
                  FROM newsmill.names n
                 WHERE n.article = a.article AND n.key LIKE 'country:%'
                 GROUP BY n.name
                 ORDER BY count(*) DESC, n.name
                 LIMIT 5) AS counted) AS countries
  FROM newsmill.articles a
 ORDER BY 1;
