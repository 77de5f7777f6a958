-- The city by day, type and district over months, from the intervals. The rules are those of readings_rollup.sql, said for
-- days: there every hour of a line is made, here a point's day is added up first wherever it is a term by itself.
--
-- Inputs:     total_part (ym, line, institution, carrier, begins, ends, term, parts, point, weight): which points make
--             which totals from when to when, each month by itself; parts: how many a term has.
--             month_day (ym, start, last): the first second of each day, and the last day of its month, whose places the
--             rows have.
-- Parameters: $first, $last (months, 202501), $offset (seconds east of UTC).
--
-- A term with a part that is missing is missing in that hour; a row stands for every day of a month from a line's first
-- interval to its last. Quality: 0 missing, 1 measured, 2 calculated, 3 estimated, 4 manual, 5 suspect.
-- @step single_day
WITH of_point AS (
  SELECT point, start - (start + $offset) % 86400 AS start, SUM("use") AS used,
    COUNT(CASE WHEN quality <> 0 THEN 1 END) AS known,
    COUNT(CASE WHEN quality IN (1, 2) THEN 1 END) AS complete,
    COUNT(CASE WHEN quality = 3 THEN 1 END) AS estimated
  FROM intervals
  WHERE ym >= $first AND ym <= $last AND channel = 0
    AND point IN (SELECT point FROM total_part WHERE parts = 1)
  GROUP BY point, start - (start + $offset) % 86400
)
SELECT p.line, d.start, CASE WHEN p.weight < 0 THEN -d.used ELSE d.used END AS used, d.known, d.complete, d.estimated
FROM of_point d JOIN total_part p ON p.point = d.point AND d.start >= p.begins AND d.start < p.ends
WHERE p.parts = 1

-- @step several_day
WITH term_hour AS (
  SELECT p.line, p.term, p.parts, i.start,
    SUM(CASE WHEN p.weight < 0 THEN -i."use" ELSE i."use" END) AS used,
    COUNT(CASE WHEN i.quality <> 0 THEN 1 END) AS known,
    COUNT(CASE WHEN i.quality IN (1, 2) THEN 1 END) AS complete,
    COUNT(CASE WHEN i.quality = 3 THEN 1 END) AS estimated
  FROM intervals i JOIN total_part p ON p.point = i.point
  WHERE i.ym >= $first AND i.ym <= $last AND i.channel = 0 AND p.parts > 1
    AND i.start >= p.begins AND i.start < p.ends
  GROUP BY p.line, p.term, p.parts, i.start
)
SELECT line, start - (start + $offset) % 86400 AS start,
  SUM(CASE WHEN known = parts THEN used END) AS used,
  SUM(known) AS known, SUM(complete) AS complete, SUM(estimated) AS estimated
FROM term_hour
GROUP BY line, start - (start + $offset) % 86400

-- @step line_day
SELECT line, start, SUM(used) AS used, SUM(known) AS known, SUM(complete) AS complete, SUM(estimated) AS estimated
FROM (SELECT * FROM single_day UNION ALL SELECT * FROM several_day) d
GROUP BY line, start

-- @step city_day
WITH head AS (
  SELECT ym, line, institution, carrier, COUNT(*) AS parts FROM total_part GROUP BY ym, line, institution, carrier
),
span AS (SELECT line, MIN(start) AS first, MAX(start) AS last FROM line_day GROUP BY line),
node AS (
  SELECT k.ym, n.node, n.tree, n.code
  FROM cur_dim_node n JOIN (SELECT DISTINCT ym, last FROM month_day) k
    ON n.valid_from <= k.last AND n.valid_to > k.last
  WHERE n.tree IN ('type', 'area')
),
place AS (
  SELECT k.ym, m.institution, MAX(CASE WHEN m.tree = 'type' THEN n.code END) AS type,
    MAX(CASE WHEN m.tree = 'area' THEN n.code END) AS area
  FROM cur_dim_membership m JOIN (SELECT DISTINCT ym, last FROM month_day) k
    ON m.valid_from <= k.last AND m.valid_to > k.last
  JOIN node n ON n.ym = k.ym AND n.node = m.node AND n.tree = m.tree
  GROUP BY k.ym, m.institution
)
SELECT h.ym, k.start, h.carrier, p.type, p.area, CAST(SUM(d.used) AS DECIMAL(18,4)) AS "use",
  CAST(SUM(h.parts * 24) AS BIGINT) AS parts, CAST(SUM(COALESCE(d.complete, 0)) AS BIGINT) AS complete,
  CAST(SUM(COALESCE(d.estimated, 0)) AS BIGINT) AS estimated,
  CAST(SUM(h.parts * 24 - COALESCE(d.known, 0)) AS BIGINT) AS missing
FROM head h JOIN span s ON s.line = h.line
JOIN month_day k ON k.ym = h.ym AND k.start >= s.first AND k.start <= s.last
LEFT JOIN line_day d ON d.line = h.line AND d.start = k.start
LEFT JOIN place p ON p.ym = h.ym AND p.institution = h.institution
GROUP BY h.ym, k.start, h.carrier, p.type, p.area
