-- What stands behind the figures of one scope: its institutions with their groups, and the returns they rest on.
-- Slots as in figures_sums.sql, and {in_scope} (a condition on the institution's places) and {columns}.
-- @use figures_graded

-- @step institutions
SELECT g.institution, g.at_end, g.days, g.expected, g.present, g.complete, g.has_return, g.e_ok, g.w_ok, g.f_ok,
  g.has_area, g.has_persons, g.floor_area, g.persons, g.vehicles, g.petrol_vehicles, g.diesel_vehicles,
  g.floor_area_from, g.persons_from, g.vehicles_from, g.known_all, g.part
FROM graded g
WHERE {in_scope}
ORDER BY g.institution

-- @step returns
SELECT f.version, f.institution, f.period, f.method,
  CASE WHEN g.part = 0 THEN 1 ELSE f.last_month - f.first_month + 1 END AS months {columns}
FROM {facts} f JOIN graded g ON g.institution = f.institution
WHERE {of_period}
  AND {part} = g.part
  AND {in_scope}
ORDER BY f.institution, f.period
