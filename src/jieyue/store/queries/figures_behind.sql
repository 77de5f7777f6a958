-- What a figure of a scope rests on: where its stocks come from, who owes something and is not in it, which
-- returns are left out because another's stands for them.
-- Slots as in figures_graded.sql, and {in_scope}, {in_group} (who is in the figure), {due} (who should be),
-- {item_known} (the figure's items are known), {source} (the stock's source).
-- @use figures_graded

-- @step sources
SELECT {source} AS source, COUNT(*) AS institutions
FROM graded g
WHERE {in_scope} AND {in_group}
GROUP BY 1 ORDER BY 1

-- @step left_out
SELECT g.institution,
  CASE WHEN NOT g.has_return THEN 'no_return' WHEN NOT g.complete THEN 'months_missing'
    WHEN NOT ({item_known}) THEN 'item_missing' ELSE 'stock_missing' END AS why
FROM graded g
WHERE {in_scope} AND {due} AND NOT ({in_group})
ORDER BY g.institution

-- @step twice
SELECT d.institution, d.period
FROM doubled d JOIN graded g ON g.institution = d.institution
WHERE {in_scope}
ORDER BY d.institution, d.period

-- @step unplaced
SELECT g.institution, g.area IS NULL AS area, g.department IS NULL AS department, g.type IS NULL AS type,
  g.line IS NULL AS line
FROM graded g
WHERE {in_scope} AND (g.area IS NULL OR g.department IS NULL OR g.type IS NULL OR g.line IS NULL)
ORDER BY g.institution
