COPY newsmill_data.articles
    (key, article, revision, latest, received, published, published_from, id, url, source, title,
     authors, language, language_confidence, genre, text, removed, sentence_starts,
     sentence_ends, sentence_tones, tone, positive, negative, polarity, activity, self_group,
     words, themes, keyphrases, summary, fingerprint, analyzer, meta, repaired, unknown_keys,
     original, site, section, image, canonical, links, languages, focus, stored)
FROM STDIN (FORMAT binary)
