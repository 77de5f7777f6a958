-- The institutions of one form and period with their groups, as of publication $seq: what sums are taken over.
--
-- Slots (only identifiers checked against the catalog, dates and numbers):
--   {facts}      the form's fact table as of $seq      {months}       the period's months: (index, last day)
--   {masks}      known-item bits of a row              {last_stocks}  stock columns carried per institution
--   {stock_facts}, {stock_rows}  where stocks are read  {stock_months}  the months of stocks that are means
--   {part}       which part of the period a row is     {of_period}    rows of the period, each counted once
--   {*_bits}, {months_in}, {month_count}  the months filed, the months owed, how many are both
--   {outside}    line nodes outside the count          {narrow}       a filter on institutions, or nothing
-- Parameters: $seq, $period, $from_month, $to_month (year * 12 + month - 1), $first_day, $first_end, $last_day, $day.
--
-- The rules: a return of the whole period, else the months (else quarters) inside it, never both; a month is
-- owed if the institution is in being on its last day and files for itself then; nothing is divided here.
-- The figures say the same as columns (apps/accounts/filed.py and graded.py); receipts run the steps as they stand here,
-- with `parts`, `chosen` and `last_stocks` from filed.py.
-- @use figures_graded

-- @step rated
SELECT g.institution, g.area, g.department, g.type, g.line, g.at_end, g.days, g.expected, g.present, g.complete,
  g.known_all, g.e_ok, g.w_ok, g.f_ok, g.floor_area, g.persons, g.vehicles, g.petrol_vehicles, g.diesel_vehicles
  {stock_months}
FROM graded g
