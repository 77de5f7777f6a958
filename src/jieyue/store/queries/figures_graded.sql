-- Each institution of a period as of publication $seq: what it owes, what it filed, which groups it is in.
-- Slots and rules as in figures_sums.sql, which uses this step; receipt_inputs.sql uses it too.
-- @step inst_now
SELECT * FROM cur_dim_institution WHERE TRUE {narrow}

-- @step seen
WITH being AS (
  SELECT institution, MIN(valid_from) AS born, MAX(valid_to) AS ended,
    SUM(CASE WHEN valid_from <= $last_day AND valid_to > $first_day
      THEN date_diff('day', GREATEST(valid_from, $first_day), LEAST(valid_to, $last_day + INTERVAL 1 DAY))
      ELSE 0 END) AS days
  FROM inst_now GROUP BY institution
)
SELECT b.institution, b.born, b.ended, b.days,
  b.born <= $last_day AND b.ended > $last_day AS at_end,
  CAST(GREATEST(LEAST($day, b.ended - INTERVAL 1 DAY), b.born) AS DATE) AS node_day,
  CAST(GREATEST(LEAST($last_day, b.ended - INTERVAL 1 DAY), b.born) AS DATE) AS last_seen,
  EXTRACT(YEAR FROM b.born) * 12 + EXTRACT(MONTH FROM b.born) - 1 AS first_owed,
  EXTRACT(YEAR FROM b.ended) * 12 + EXTRACT(MONTH FROM b.ended) - 2 AS last_owed
FROM being b

-- @step member_now
SELECT * FROM cur_dim_membership WHERE TRUE {narrow}

-- @step away
SELECT institution, valid_from, valid_to FROM member_now WHERE tree = 'unit' AND node <> institution

-- Days of the period for which another files for a member: its stocks stand in the other's return then.
-- @step away_days
SELECT institution,
  SUM(date_diff('day', GREATEST(valid_from, $first_day), LEAST(valid_to, $last_day + INTERVAL 1 DAY))) AS days
FROM away WHERE valid_from <= $last_day AND valid_to > $first_day
GROUP BY institution

-- Months for which a member of another's reporting unit files for itself all the same: before it joined, after it left.
-- @step own_months
WITH months(month_index, month_end) AS (VALUES {months})
SELECT s.institution, m.month_index
FROM (SELECT DISTINCT institution FROM away) w JOIN seen s ON s.institution = w.institution
JOIN months m ON s.born <= m.month_end AND s.ended > m.month_end
LEFT JOIN away a
  ON a.institution = s.institution AND a.valid_from <= m.month_end AND a.valid_to > m.month_end
WHERE a.institution IS NULL

-- @step head
SELECT f.institution, f.period, f.kind, f.year * 12 + f.first_month - 1 AS month_from,
  f.year * 12 + f.last_month - 1 AS month_to, {masks} AS known {head_stocks}
FROM {facts} f
WHERE {of_period_filed}

-- Returns of members for a time that stands in another's return already: they are not counted again.
-- @step doubled
SELECT h.institution, h.period
FROM head h JOIN away a ON a.institution = h.institution
  AND EXTRACT(YEAR FROM a.valid_from) * 12 + EXTRACT(MONTH FROM a.valid_from) - 1 <= h.month_to
  AND EXTRACT(YEAR FROM a.valid_to) * 12 + EXTRACT(MONTH FROM a.valid_to) - 1 >= h.month_from
LEFT JOIN own_months o ON o.institution = h.institution AND o.month_index BETWEEN h.month_from AND h.month_to
GROUP BY h.institution, h.period HAVING COUNT(o.month_index) = 0

-- @step filed
WITH chosen AS (
  SELECT institution,
    MAX(CASE WHEN period = $period THEN 1 ELSE 0 END) AS whole,
    MIN(CASE WHEN period <> $period THEN kind END) AS part,
    MAX(CASE WHEN period = $period THEN month_to END) AS whole_end,
    MAX(CASE WHEN period <> $period AND kind = 'M' THEN month_to END) AS month_end,
    MAX(CASE WHEN period <> $period AND kind <> 'M' THEN month_to END) AS part_end
  FROM head h
  WHERE NOT EXISTS (SELECT 1 FROM doubled d WHERE d.institution = h.institution AND d.period = h.period)
  GROUP BY institution
)
SELECT h.institution, c.whole, c.part,
  SUM(GREATEST(0, LEAST(h.month_to, s.last_owed, $to_month) - GREATEST(h.month_from, s.first_owed, $from_month) + 1))
    AS months_in,
  bit_and(h.known) AS known_all, bit_or(h.known) AS known_any
  {stocks}
FROM head h JOIN chosen c ON c.institution = h.institution JOIN seen s ON s.institution = h.institution
WHERE ((c.whole = 1 AND h.period = $period) OR (c.whole = 0 AND h.kind = c.part))
  AND NOT EXISTS (SELECT 1 FROM doubled d WHERE d.institution = h.institution AND d.period = h.period)
GROUP BY h.institution, c.whole, c.part

-- @step place
SELECT s.institution,
  MAX(CASE WHEN m.tree = 'area' THEN m.node END) AS area,
  MAX(CASE WHEN m.tree = 'department' THEN m.node END) AS department,
  MAX(CASE WHEN m.tree = 'type' THEN m.node END) AS type,
  MAX(CASE WHEN m.tree = 'line' THEN m.node END) AS line,
  MAX(CASE WHEN m.tree = 'line' AND m.node IN ({outside}) THEN 1 ELSE 0 END) AS is_outside
FROM seen s LEFT JOIN member_now m
  ON m.institution = s.institution AND m.tree <> 'unit'
  AND m.valid_from <= s.node_day AND m.valid_to > s.node_day
GROUP BY s.institution

-- @step owed
WITH months(month_index, month_end) AS (VALUES {months})
SELECT s.institution, COUNT(*) AS expected
FROM seen s JOIN months m ON s.born <= m.month_end AND s.ended > m.month_end
LEFT JOIN away a
  ON a.institution = s.institution AND a.valid_from <= m.month_end AND a.valid_to > m.month_end
WHERE a.institution IS NULL
GROUP BY s.institution

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
account AS (
  SELECT s.institution, p.area, p.department, p.type, p.line, s.at_end,
    s.days - COALESCE(d.days, 0) AS days,
    COALESCE(o.expected, 0) AS expected,
    CASE WHEN f.institution IS NULL THEN 0 WHEN f.whole = 1 THEN COALESCE(o.expected, 0)
      ELSE LEAST(f.months_in, COALESCE(o.expected, 0)) END AS present,
    f.institution IS NOT NULL AND (f.whole = 1 OR f.months_in >= COALESCE(o.expected, 0)) AS complete,
    f.institution IS NOT NULL AS has_return,
    f.known_all, f.known_any, f.whole, f.part,
    {stock_values}
    w.institution IS NOT NULL AS is_member
  FROM seen s
  JOIN version_at v ON v.institution = s.institution
  JOIN place p ON p.institution = s.institution
  LEFT JOIN owed o ON o.institution = s.institution
  LEFT JOIN filed f ON f.institution = s.institution
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
