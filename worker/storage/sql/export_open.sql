-- Opens the cursor over a view's lines; the line before the first, or NULL.
SELECT newsmill.export_open($1::text, $2::text, $3::timestamptz, $4::timestamptz)
