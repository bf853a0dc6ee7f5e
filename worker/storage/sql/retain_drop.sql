SELECT newsmill_data.retain_drop(newsmill_data.retain_since($1::integer), $2::boolean)
