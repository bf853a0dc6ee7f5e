COPY newsmill_data.quotes
    (article_key, ordinal, start_offset, end_offset, confidence, direct, speaker_start,
     speaker_end, speaker, cue_start, cue_end, cue)
FROM STDIN (FORMAT binary)
