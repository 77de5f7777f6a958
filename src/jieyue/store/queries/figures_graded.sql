-- Each institution of a period as of publication $seq: what it owes, what it filed, which groups it is in.
-- Slots and rules as in figures_sums.sql, which uses these steps; receipt_inputs.sql and others use them too.
--
-- The facts are read once, added up by institution and part (step `parts`: 0 a return of the whole period, 1 its
-- months, 2 its quarters); what can be said of an institution is said after that, on one row each. Months are
-- bits of `m<n>`, so that what was filed and what was owed meet in one step.
-- @step inst_now
SELECT institution, in_count, floor_area, persons, vehicles, valid_from, valid_to
FROM cur_dim_institution WHERE TRUE {narrow}

-- @step away
SELECT institution, valid_from, valid_to FROM cur_dim_membership
WHERE tree = 'unit' AND node <> institution {narrow}

-- @step seen
WITH being AS (
  SELECT institution, MIN(valid_from) AS born, MAX(valid_to) AS ended,
    SUM(CASE WHEN valid_from <= $last_day AND valid_to > $first_day
      THEN days_between(GREATEST(valid_from, $first_day), LEAST(valid_to, $last_day + INTERVAL 1 DAY))
      ELSE 0 END) AS days
  FROM inst_now GROUP BY institution
)
SELECT b.institution, b.born, b.ended, b.days,
  b.born <= $last_day AND b.ended > $last_day AS at_end,
  CAST(GREATEST(LEAST($day, b.ended - INTERVAL 1 DAY), b.born) AS DATE) AS node_day,
  CAST(GREATEST(LEAST($last_day, b.ended - INTERVAL 1 DAY), b.born) AS DATE) AS last_seen,
  b.born <= $first_end AND b.ended > $last_day AND w.institution IS NULL AS throughout
FROM being b LEFT JOIN (SELECT DISTINCT institution FROM away) w ON w.institution = b.institution

-- Days of the period for which another files for a member: its stocks stand in the other's return then.
-- @step away_days
SELECT institution,
  SUM(days_between(GREATEST(valid_from, $first_day), LEAST(valid_to, $last_day + INTERVAL 1 DAY))) AS days
FROM away WHERE valid_from <= $last_day AND valid_to > $first_day
GROUP BY institution

-- Months that an institution owes which is not in being throughout, or for which another files at times.
-- @step own_months
WITH months(month_index, month_end) AS (VALUES {months})
SELECT s.institution, m.month_index
FROM seen s JOIN months m ON s.born <= m.month_end AND s.ended > m.month_end
LEFT JOIN away a
  ON a.institution = s.institution AND a.valid_from <= m.month_end AND a.valid_to > m.month_end
WHERE NOT s.throughout AND a.institution IS NULL

-- @step owed
SELECT institution, COUNT(*) AS expected {owed_bits}
FROM own_months GROUP BY institution

-- Returns of members for a time that stands in another's return already: they are not counted again.
-- @step doubled
SELECT f.institution, f.period
FROM {facts} f JOIN away a ON a.institution = f.institution
  AND EXTRACT(YEAR FROM a.valid_from) * 12 + EXTRACT(MONTH FROM a.valid_from) - 1 <= f.year * 12 + f.last_month - 1
  AND EXTRACT(YEAR FROM a.valid_to) * 12 + EXTRACT(MONTH FROM a.valid_to) - 1 >= f.year * 12 + f.first_month - 1
LEFT JOIN own_months o ON o.institution = f.institution
  AND o.month_index BETWEEN f.year * 12 + f.first_month - 1 AND f.year * 12 + f.last_month - 1
WHERE {of_period_filed}
GROUP BY f.institution, f.period HAVING COUNT(o.month_index) = 0

-- @step parts
SELECT f.institution, {part} AS part, MAX(f.year * 12 + f.last_month - 1) AS part_end {filed_bits},
  bit_and({masks}) AS known_all, bit_or({masks}) AS known_any
FROM {facts} f
WHERE {of_period}
GROUP BY 1, 2

-- One part an institution: the whole period's return before the months, these before the quarters.
-- @step chosen
SELECT p.institution, p.part, p.part_end, p.known_all, p.known_any {month_bits}
FROM parts p
WHERE NOT EXISTS (
  SELECT 1 FROM parts b
  WHERE b.part < (SELECT MAX(part) FROM parts) AND b.institution = p.institution AND b.part < p.part
)

-- Stocks of the last return of the chosen part; of all its returns where the rule is their mean.
-- @step last_stocks
SELECT f.institution {last_stocks}
FROM {stock_facts} f JOIN chosen c ON c.institution = f.institution {stock_rows}
WHERE {of_period} AND {part} = c.part
GROUP BY f.institution

-- @step place
SELECT m.institution,
  MAX(CASE WHEN m.tree = 'area' THEN m.node END) AS area,
  MAX(CASE WHEN m.tree = 'department' THEN m.node END) AS department,
  MAX(CASE WHEN m.tree = 'type' THEN m.node END) AS type,
  MAX(CASE WHEN m.tree = 'line' THEN m.node END) AS line,
  MAX(CASE WHEN m.tree = 'line' AND m.node IN ({outside}) THEN 1 ELSE 0 END) AS is_outside
FROM cur_dim_membership m JOIN seen s ON s.institution = m.institution
WHERE m.valid_from <= s.node_day AND m.valid_to > s.node_day AND m.tree <> 'unit' {narrow_m}
GROUP BY m.institution

-- @step graded
WITH version_at AS (
  SELECT s.institution, MAX(CASE WHEN i.in_count THEN 1 ELSE 0 END) AS in_count,
    MAX(i.floor_area) AS floor_area, MAX(i.persons) AS persons, MAX(i.vehicles) AS vehicles
  FROM seen s JOIN inst_now i
    ON i.institution = s.institution AND i.valid_from <= s.last_seen AND i.valid_to > s.last_seen
  GROUP BY s.institution
),
member_at AS (
  SELECT DISTINCT s.institution FROM seen s JOIN away a
    ON a.institution = s.institution AND a.valid_from <= s.last_seen AND a.valid_to > s.last_seen
),
due AS (
  SELECT s.institution, s.at_end, s.days, s.last_seen,
    COALESCE(o.expected, CASE WHEN s.throughout THEN {month_count} ELSE 0 END) AS expected {due_bits}
  FROM seen s LEFT JOIN owed o ON o.institution = s.institution
),
filed AS (
  SELECT c.*, {months_in} AS months_in
  FROM chosen c JOIN due d ON d.institution = c.institution
),
account AS (
  SELECT s.institution, p.area, p.department, p.type, p.line, s.at_end,
    s.days - COALESCE(d.days, 0) AS days,
    s.expected,
    CASE WHEN f.institution IS NULL THEN 0 WHEN f.part = 0 THEN s.expected ELSE f.months_in END AS present,
    f.institution IS NOT NULL AND (f.part = 0 OR f.months_in = s.expected) AS complete,
    f.institution IS NOT NULL AS has_return,
    f.known_all, f.known_any, f.part,
    {stock_values}
    w.institution IS NOT NULL AS is_member
  FROM due s
  JOIN version_at v ON v.institution = s.institution
  LEFT JOIN place p ON p.institution = s.institution
  LEFT JOIN filed f ON f.institution = s.institution
  LEFT JOIN last_stocks l ON l.institution = s.institution
  LEFT JOIN member_at w ON w.institution = s.institution
  LEFT JOIN away_days d ON d.institution = s.institution
  WHERE {counted} AND (s.days > 0 OR f.institution IS NOT NULL)
)
SELECT a.*,
  complete AND {energy_ok} AS e_ok,
  complete AND {water_ok} AS w_ok,
  {fuel_ok} AS f_ok,
  floor_area IS NOT NULL AS has_area, persons IS NOT NULL AS has_persons
FROM account a
