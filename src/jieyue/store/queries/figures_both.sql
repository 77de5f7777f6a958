-- Institutions that filed the period as a whole and all its months (or quarters) too, and say two things.
-- Slots as in figures_graded.sql, and {in_scope}, {sums} (per item: the whole's and the parts' sum), {differ}.
-- @use figures_graded

-- @step differing
WITH kinds AS (
  SELECT f.institution, MIN(f.kind) AS kind FROM {facts} f
  WHERE {of_period} AND f.period <> $period
  GROUP BY f.institution
),
summed AS (
  SELECT f.institution, g.expected,
    SUM(CASE WHEN f.period <> $period THEN f.last_month - f.first_month + 1 ELSE 0 END) AS months_in
    {sums}
  FROM {facts} f JOIN graded g ON g.institution = f.institution JOIN kinds p ON p.institution = f.institution
  WHERE {of_period} AND g.part = 0 AND {in_scope} AND (f.period = $period OR f.kind = p.kind)
  GROUP BY f.institution, g.expected
)
SELECT * FROM summed WHERE months_in >= expected AND ({differ}) ORDER BY institution

-- @step rows
SELECT f.institution, f.period {columns}
FROM {facts} f JOIN differing b ON b.institution = f.institution
WHERE {of_period}
ORDER BY f.institution, f.period
