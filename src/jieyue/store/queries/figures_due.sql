-- Each institution of a period: what it owes, what is there, how many days it was in being for itself, whether the
-- scope holds it. Slots as in figures_graded.sql, and {in_scope}.
-- @use figures_graded

-- @step due
SELECT g.institution, g.expected, g.present, g.days, {in_scope} AS in_scope
FROM graded g
ORDER BY g.institution
