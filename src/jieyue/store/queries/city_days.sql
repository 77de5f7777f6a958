-- The city by day, type and district over months, from the intervals. The rules are those of readings_rollup.sql, said for
-- days: there every hour of a line is made, here the hours of a point go to the line's day wherever it is a term by itself.
--
-- Inputs:     total_part (line, institution, carrier, begins, ends, term, parts, point, weight): which points make which
--             totals from when to when; parts: how many a term has. A line is one from the first to the last day on which
--             nothing of the register changes.
--             month_day (ym, start, placed): the first second of each day, and the day whose places its rows have.
-- Parameters: $first, $last (months, 202501), $offset (seconds east of UTC).
--
-- A term with a part that is missing is missing in that hour; a row stands for every day of a month from a line's first
-- interval in it to its last. Quality: 0 missing, 1 measured, 2 calculated, 3 estimated, 4 manual, 5 suspect.
-- @use places_by_day

-- @step single_part
SELECT line, begins, ends, point, weight FROM total_part WHERE parts = 1

-- @step single_day
SELECT p.line, i.start - (i.start + $offset) % 86400 AS start,
  SUM(CASE WHEN p.weight < 0 THEN -i."use" ELSE i."use" END) AS used,
  COUNT(CASE WHEN i.quality <> 0 THEN 1 END) AS known,
  COUNT(CASE WHEN i.quality >= 1 AND i.quality <= 2 THEN 1 END) AS complete,
  COUNT(CASE WHEN i.quality = 3 THEN 1 END) AS estimated
FROM intervals i JOIN single_part p ON p.point = i.point
WHERE i.ym >= $first AND i.ym <= $last AND i.channel = 0 AND i.start >= p.begins AND i.start < p.ends
GROUP BY p.line, i.start - (i.start + $offset) % 86400

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
  SELECT line, institution, carrier, COUNT(*) AS parts FROM total_part GROUP BY line, institution, carrier
),
told AS (
  SELECT k.ym, d.line, d.start, d.used, d.known, d.complete, d.estimated
  FROM line_day d JOIN month_day k ON k.start = d.start
),
span AS (
  SELECT ym, line, MIN(start) AS first, MAX(start) AS last, COUNT(*) AS days FROM told GROUP BY ym, line
),
spot AS (
  SELECT s.ym, s.line, s.first, s.last, s.days, h.parts * 24 AS parts, h.carrier, h.institution
  FROM span s JOIN head h ON h.line = s.line
),
dense AS (
  SELECT ym, line, start, used, known, complete, estimated FROM told
  UNION ALL
  SELECT k.ym, s.line, k.start, NULL, NULL, NULL, NULL
  FROM spot s JOIN month_day k ON k.ym = s.ym AND k.start > s.first AND k.start < s.last
  LEFT JOIN line_day d ON d.line = s.line AND d.start = k.start
  WHERE s.days * 86400 <= s.last - s.first AND d.line IS NULL
)
SELECT d.ym, d.start, s.carrier, t.code AS type, a.code AS area, CAST(SUM(d.used) AS DECIMAL(18,4)) AS "use",
  CAST(SUM(s.parts) AS BIGINT) AS parts, CAST(SUM(COALESCE(d.complete, 0)) AS BIGINT) AS complete,
  CAST(SUM(COALESCE(d.estimated, 0)) AS BIGINT) AS estimated,
  CAST(SUM(s.parts - COALESCE(d.known, 0)) AS BIGINT) AS missing
FROM dense d JOIN spot s ON s.ym = d.ym AND s.line = d.line
JOIN month_day k ON k.start = d.start
LEFT JOIN held t ON t.tree = 'type' AND t.institution = s.institution AND t.valid_from <= k.placed AND t.valid_to > k.placed
LEFT JOIN held a ON a.tree = 'area' AND a.institution = s.institution AND a.valid_from <= k.placed AND a.valid_to > k.placed
GROUP BY d.ym, d.start, s.carrier, t.code, a.code
