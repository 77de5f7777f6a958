-- A month's sums from its intervals: days of points; hours, days and the month of institutions by carrier and end
-- use; the city by day, type and district. The rules are those of domain/rollup.py, said once more for engines of many
-- machines.
--
-- Inputs:     line_part (line, institution, carrier, end_use, hours, begins, ends, term, point, weight): which points
--             make which lines from when to when; a line is a sum of terms, a term a point less what is taken off it.
--             month_day (ym, start, placed): the first second of each day, and the day whose places the city's rows have.
-- Parameters: $month (202501), $begin (its first second), $days.
--
-- A term with a part that is missing is missing in that hour; a row stands for every hour (day) from a line's first
-- interval to its last. Quality: 0 missing, 1 measured, 2 calculated, 3 estimated, 4 manual, 5 suspect.
-- @use places_by_day

-- @step made_point_day
SELECT ym, point, start - (start - $begin) % 86400 AS start, CAST(SUM("use") AS DECIMAL(18,4)) AS "use",
  CAST(SUM(CASE WHEN quality = 1 THEN 1 ELSE 0 END) AS INTEGER) AS measured,
  CAST(SUM(CASE WHEN quality = 2 THEN 1 ELSE 0 END) AS INTEGER) AS calculated,
  CAST(SUM(CASE WHEN quality = 3 THEN 1 ELSE 0 END) AS INTEGER) AS estimated,
  CAST(SUM(CASE WHEN quality = 4 THEN 1 ELSE 0 END) AS INTEGER) AS manual,
  CAST(SUM(CASE WHEN quality = 5 THEN 1 ELSE 0 END) AS INTEGER) AS suspect,
  CAST(SUM(CASE WHEN quality = 0 THEN 1 ELSE 0 END) AS INTEGER) AS missing
FROM intervals
WHERE ym = $month AND channel = 0
GROUP BY ym, point, start - (start - $begin) % 86400

-- @step line_head
SELECT line, institution, carrier, end_use, hours, begins, COUNT(*) AS parts
FROM line_part
GROUP BY line, institution, carrier, end_use, hours, begins

-- @step line_hour
WITH term_size AS (SELECT line, term, COUNT(*) AS parts FROM line_part GROUP BY line, term),
term_hour AS (
  SELECT p.line, p.term, i.start,
    SUM(CASE WHEN p.weight < 0 THEN -i."use" ELSE i."use" END) AS used,
    SUM(CASE WHEN i.quality <> 0 THEN 1 ELSE 0 END) AS known,
    SUM(CASE WHEN i.quality IN (1, 2) THEN 1 ELSE 0 END) AS complete,
    SUM(CASE WHEN i.quality = 3 THEN 1 ELSE 0 END) AS estimated
  FROM intervals i JOIN line_part p ON p.point = i.point
  WHERE i.ym = $month AND i.channel = 0 AND i.start >= p.begins AND i.start < p.ends
  GROUP BY p.line, p.term, i.start
)
SELECT h.line, h.start,
  CAST(SUM(CASE WHEN h.known = t.parts THEN h.used END) AS DECIMAL(18,4)) AS used,
  CAST(SUM(h.known) AS BIGINT) AS known,
  CAST(SUM(h.complete) AS BIGINT) AS complete,
  CAST(SUM(h.estimated) AS BIGINT) AS estimated
FROM term_hour h JOIN term_size t ON t.line = h.line AND t.term = h.term
GROUP BY h.line, h.start

-- @step tick
WITH digit(n) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
SELECT a.n + 10 * b.n + 100 * c.n AS n
FROM digit a CROSS JOIN digit b CROSS JOIN digit c

-- @step made_hour
WITH span AS (SELECT line, MIN(start) AS first, MAX(start) AS last FROM line_hour GROUP BY line),
hours AS (SELECT $begin + 3600 * n AS start FROM tick WHERE n < $days * 24)
SELECT CAST($month AS INTEGER) AS ym, l.institution, l.carrier, l.end_use, CAST(k.start AS BIGINT) AS start,
  h.used AS "use",
  CAST(l.parts AS INTEGER) AS parts,
  CAST(COALESCE(h.complete, 0) AS INTEGER) AS complete,
  CAST(COALESCE(h.estimated, 0) AS INTEGER) AS estimated,
  CAST(l.parts - COALESCE(h.known, 0) AS INTEGER) AS missing
FROM line_head l JOIN span s ON s.line = l.line
JOIN hours k ON k.start >= s.first AND k.start <= s.last
LEFT JOIN line_hour h ON h.line = l.line AND h.start = k.start

-- @step day_row
WITH sums AS (
  SELECT line, start - (start - $begin) % 86400 AS start, SUM(used) AS used, SUM(known) AS known,
    SUM(complete) AS complete, SUM(estimated) AS estimated
  FROM line_hour
  GROUP BY line, start - (start - $begin) % 86400
),
span AS (SELECT line, MIN(start) AS first, MAX(start) AS last FROM sums GROUP BY line),
days AS (SELECT $begin + 86400 * n AS start FROM tick WHERE n < $days)
SELECT CAST($month AS INTEGER) AS ym, l.institution, l.carrier, l.end_use, CAST(k.start AS BIGINT) AS start,
  CAST(h.used AS DECIMAL(18,4)) AS "use",
  CAST(l.parts * 24 AS INTEGER) AS parts,
  CAST(COALESCE(h.complete, 0) AS INTEGER) AS complete,
  CAST(COALESCE(h.estimated, 0) AS INTEGER) AS estimated,
  CAST(l.parts * 24 - COALESCE(h.known, 0) AS INTEGER) AS missing
FROM line_head l JOIN span s ON s.line = l.line
JOIN days k ON k.start >= s.first AND k.start <= s.last
LEFT JOIN sums h ON h.line = l.line AND h.start = k.start

-- @step made_day
SELECT * FROM day_row

-- @step made_month
WITH sums AS (
  SELECT line, SUM(used) AS used, SUM(known) AS known, SUM(complete) AS complete, SUM(estimated) AS estimated
  FROM line_hour
  GROUP BY line
)
SELECT CAST($month AS INTEGER) AS ym, l.institution, l.carrier, l.end_use, CAST($begin AS BIGINT) AS start,
  CAST(SUM(h.used) AS DECIMAL(18,4)) AS "use",
  CAST(SUM(l.parts * l.hours) AS INTEGER) AS parts,
  CAST(SUM(COALESCE(h.complete, 0)) AS INTEGER) AS complete,
  CAST(SUM(COALESCE(h.estimated, 0)) AS INTEGER) AS estimated,
  CAST(SUM(l.parts * l.hours - COALESCE(h.known, 0)) AS INTEGER) AS missing
FROM line_head l LEFT JOIN sums h ON h.line = l.line
GROUP BY l.institution, l.carrier, l.end_use
HAVING COUNT(h.line) > 0

-- @step city_day
SELECT u.ym, u.start, u.carrier, t.code AS type, a.code AS area, CAST(SUM(u."use") AS DECIMAL(18,4)) AS "use",
  CAST(SUM(u.parts) AS BIGINT) AS parts, CAST(SUM(u.complete) AS BIGINT) AS complete,
  CAST(SUM(u.estimated) AS BIGINT) AS estimated, CAST(SUM(u.missing) AS BIGINT) AS missing
FROM day_row u JOIN month_day k ON k.start = u.start
LEFT JOIN held t ON t.tree = 'type' AND t.institution = u.institution AND t.valid_from <= k.placed AND t.valid_to > k.placed
LEFT JOIN held a ON a.tree = 'area' AND a.institution = u.institution AND a.valid_from <= k.placed AND a.valid_to > k.placed
WHERE u.end_use = ''
GROUP BY u.ym, u.start, u.carrier, t.code, a.code
