SELECT v.rollup, v.rows, v.missing, v.surplus FROM newsmill_data.rollups_verify() v
