-- What review asks of the registry as of publication $seq: who was in being when, for whom another filed, and the
-- peers of each (its node in the tree of types on $day).
-- @step being
SELECT institution, MIN(valid_from) AS born, MAX(valid_to) AS ended
FROM cur_dim_institution WHERE in_count GROUP BY institution ORDER BY institution

-- @step away
SELECT institution, valid_from, valid_to FROM cur_dim_membership
WHERE tree = 'unit' AND node <> institution ORDER BY institution, valid_from

-- @step types
SELECT institution, MAX(node) AS node FROM cur_dim_membership
WHERE tree = 'type' AND valid_from <= $day AND valid_to > $day GROUP BY institution ORDER BY institution
