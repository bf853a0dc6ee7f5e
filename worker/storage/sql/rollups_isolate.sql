-- The first statement of the transaction that makes the rollups anew: all of it sees the same facts.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
