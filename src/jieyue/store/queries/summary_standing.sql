-- Each institution of a period as a summary table needs it: where it stands, what it owes and filed, whose return
-- speaks for it. Slots as in figures_graded.sql; the amounts themselves are added up as columns (accounts/filed.py).
-- @use figures_graded

-- @step standing
SELECT g.institution, g.area, g.department, g.type, g.line, g.at_end, g.expected, g.present, g.complete, g.part,
  g.is_member
FROM graded g
