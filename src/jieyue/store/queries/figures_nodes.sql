-- All nodes of the trees as of publication $seq, every dated version: a node that ended still holds its past.
SELECT tree, node, code, name_zh, name_en, kind, parent, outside, valid_from, valid_to
FROM cur_dim_node
ORDER BY tree, node, valid_from
