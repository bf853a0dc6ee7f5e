-- The partitions of the month of $1 and of the two behind it, unless they are there.
SELECT newsmill_data.partitions_make($1::timestamptz, $1::timestamptz + interval '2 months')
