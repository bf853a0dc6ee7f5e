-- A node's books. Several workers hear them and may write late: older numbers do not replace newer
-- ones, unless those have not been confirmed for a while (a node that starts over counts from 0).
INSERT INTO newsmill_data.node_books AS b
    (node, accepted, stored, duplicate, dead, in_flight, refused, updated)
VALUES ($1::text, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint, clock_timestamp())
ON CONFLICT (node) DO UPDATE SET
    accepted = excluded.accepted, stored = excluded.stored, duplicate = excluded.duplicate,
    dead = excluded.dead, in_flight = excluded.in_flight, refused = excluded.refused,
    updated = excluded.updated
WHERE (excluded.accepted >= b.accepted
       AND excluded.stored + excluded.duplicate + excluded.dead >= b.stored + b.duplicate + b.dead)
   OR b.updated < excluded.updated - interval '3 seconds'
