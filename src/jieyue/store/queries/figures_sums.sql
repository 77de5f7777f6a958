-- Sums of one form and period, by tree node or by institution, as of publication $seq.
--
-- Slots (only identifiers checked against the catalog, dates and numbers):
--   {facts}      the form's fact table as of $seq      {months}       the period's months: (index, last day)
--   {masks}      known-item bits of a row              {stocks}       stock columns carried per institution
--   {flows}      sums per group of institutions        {totals}       the same columns, summed again
--   {keys}       tree and node, or the institution     {spread}       one row per tree
--   {outside}    line nodes outside the count          {narrow}       a filter on institutions, or nothing
-- Parameters: $seq, $period, $from_month, $to_month (year * 12 + month - 1), $first_day, $last_day, $day.
--
-- The rules: a return of the whole period, else the months (else quarters) inside it, never both; a month is
-- owed if the institution is in being on its last day and files for itself then; nothing is divided here.
-- @use figures_graded

-- @step people
SELECT {keys},
  SUM(CASE WHEN at_end THEN 1 ELSE 0 END) AS institutions,
  SUM(expected) AS expected, SUM(present) AS present,
  SUM(CASE WHEN at_end AND expected > 0 THEN 1 ELSE 0 END) AS filers,
  SUM(CASE WHEN e_ok THEN 1 ELSE 0 END) AS n_e,
  SUM(CASE WHEN w_ok THEN 1 ELSE 0 END) AS n_w,
  SUM(CASE WHEN e_ok THEN present ELSE 0 END) AS present_e,
  SUM(CASE WHEN w_ok THEN present ELSE 0 END) AS present_w,
  SUM(CASE WHEN e_ok AND has_area THEN present ELSE 0 END) AS present_a,
  SUM(CASE WHEN e_ok AND has_persons THEN present ELSE 0 END) AS present_p,
  SUM(CASE WHEN w_ok AND has_persons THEN present ELSE 0 END) AS present_x,
  SUM(CASE WHEN f_ok THEN present ELSE 0 END) AS present_f,
  SUM(CASE WHEN e_ok THEN floor_area * days END) AS a_floor_area_days,
  SUM(CASE WHEN e_ok THEN persons * days END) AS p_persons_days,
  SUM(CASE WHEN w_ok THEN persons * days END) AS x_persons_days,
  SUM(CASE WHEN f_ok THEN petrol_vehicles END) AS f_petrol_vehicles,
  SUM(CASE WHEN f_ok THEN diesel_vehicles END) AS f_diesel_vehicles
  {stock_sums} {stated}
FROM graded g {spread}
GROUP BY {group_keys}

-- @step cell
SELECT {cell_keys}, g.e_ok, g.w_ok, g.f_ok, g.has_area, g.has_persons
  {flows}
FROM {facts} f JOIN graded g ON g.institution = f.institution
WHERE {of_period}
  AND ((g.whole = 1 AND f.period = $period) OR (g.whole = 0 AND f.kind = g.part))
GROUP BY {cell_keys}, g.e_ok, g.w_ok, g.f_ok, g.has_area, g.has_persons

-- @step amounts
SELECT {keys}, g.e_ok, g.w_ok, g.f_ok, g.has_area, g.has_persons
  {totals}
FROM cell g {spread}
GROUP BY {group_keys}, g.e_ok, g.w_ok, g.f_ok, g.has_area, g.has_persons
