SELECT l.part, l.rows, l.bytes FROM newsmill_data.retain_list(newsmill_data.retain_since($1::integer)) l
