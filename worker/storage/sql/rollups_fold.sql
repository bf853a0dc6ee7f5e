-- Folds what storage workers have added to the rollups; of no use to other steps are the days.
SELECT newsmill_data.rollups_fold($1::integer) WHERE $2::integer IS NOT NULL
