-- From now on the table of bands is asked: it has those of all keys from $2 on that were written before $1.
SELECT newsmill_data.stories_spill($1::bigint, $2::uuid)
