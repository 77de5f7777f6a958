-- Where institutions hang, by type and district: the code of the node, from which day to which it is so.
-- @step held
SELECT m.institution, m.tree, n.code,
  CASE WHEN m.valid_from > n.valid_from THEN m.valid_from ELSE n.valid_from END AS valid_from,
  CASE WHEN m.valid_to < n.valid_to THEN m.valid_to ELSE n.valid_to END AS valid_to
FROM cur_dim_membership m
JOIN cur_dim_node n ON n.node = m.node AND n.tree = m.tree AND n.valid_from < m.valid_to AND n.valid_to > m.valid_from
WHERE m.tree IN ('type', 'area')
