-- The sums of a month as readings_rollup.sql makes them beside those that are stored: rows of each, and rows that
-- only one side has. Inputs and parameters as there.
-- @use readings_rollup

-- @step compared_point_day
WITH sides AS (
  SELECT point, start, "use", measured, calculated, estimated, manual, suspect, missing, 1 AS made, 0 AS stored
  FROM made_point_day
  UNION ALL
  SELECT point, start, "use", measured, calculated, estimated, manual, suspect, missing, 0 AS made, 1 AS stored
  FROM point_day WHERE ym = $month
),
counted AS (
  SELECT SUM(made) AS made, SUM(stored) AS stored
  FROM sides
  GROUP BY point, start, "use", measured, calculated, estimated, manual, suspect, missing
)
SELECT 'point_day' AS name, CAST(COALESCE(SUM(made), 0) AS BIGINT) AS made, CAST(COALESCE(SUM(stored), 0) AS BIGINT) AS stored,
  CAST(COALESCE(SUM(CASE WHEN made > stored THEN made - stored ELSE 0 END), 0) AS BIGINT) AS only_made,
  CAST(COALESCE(SUM(CASE WHEN stored > made THEN stored - made ELSE 0 END), 0) AS BIGINT) AS only_stored
FROM counted

-- @step compared_hour
WITH sides AS (
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 1 AS made, 0 AS stored
  FROM made_hour
  UNION ALL
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 0 AS made, 1 AS stored
  FROM use_hour WHERE ym = $month
),
counted AS (
  SELECT SUM(made) AS made, SUM(stored) AS stored
  FROM sides
  GROUP BY institution, carrier, end_use, start, "use", parts, complete, estimated, missing
)
SELECT 'use_hour' AS name, CAST(COALESCE(SUM(made), 0) AS BIGINT) AS made, CAST(COALESCE(SUM(stored), 0) AS BIGINT) AS stored,
  CAST(COALESCE(SUM(CASE WHEN made > stored THEN made - stored ELSE 0 END), 0) AS BIGINT) AS only_made,
  CAST(COALESCE(SUM(CASE WHEN stored > made THEN stored - made ELSE 0 END), 0) AS BIGINT) AS only_stored
FROM counted

-- @step compared_day
WITH sides AS (
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 1 AS made, 0 AS stored
  FROM made_day
  UNION ALL
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 0 AS made, 1 AS stored
  FROM use_day WHERE ym = $month
),
counted AS (
  SELECT SUM(made) AS made, SUM(stored) AS stored
  FROM sides
  GROUP BY institution, carrier, end_use, start, "use", parts, complete, estimated, missing
)
SELECT 'use_day' AS name, CAST(COALESCE(SUM(made), 0) AS BIGINT) AS made, CAST(COALESCE(SUM(stored), 0) AS BIGINT) AS stored,
  CAST(COALESCE(SUM(CASE WHEN made > stored THEN made - stored ELSE 0 END), 0) AS BIGINT) AS only_made,
  CAST(COALESCE(SUM(CASE WHEN stored > made THEN stored - made ELSE 0 END), 0) AS BIGINT) AS only_stored
FROM counted

-- @step compared_month
WITH sides AS (
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 1 AS made, 0 AS stored
  FROM made_month
  UNION ALL
  SELECT institution, carrier, end_use, start, "use", parts, complete, estimated, missing, 0 AS made, 1 AS stored
  FROM use_month WHERE ym = $month
),
counted AS (
  SELECT SUM(made) AS made, SUM(stored) AS stored
  FROM sides
  GROUP BY institution, carrier, end_use, start, "use", parts, complete, estimated, missing
)
SELECT 'use_month' AS name, CAST(COALESCE(SUM(made), 0) AS BIGINT) AS made, CAST(COALESCE(SUM(stored), 0) AS BIGINT) AS stored,
  CAST(COALESCE(SUM(CASE WHEN made > stored THEN made - stored ELSE 0 END), 0) AS BIGINT) AS only_made,
  CAST(COALESCE(SUM(CASE WHEN stored > made THEN stored - made ELSE 0 END), 0) AS BIGINT) AS only_stored
FROM counted

-- @step differing
SELECT * FROM compared_point_day
UNION ALL
SELECT * FROM compared_hour
UNION ALL
SELECT * FROM compared_day
UNION ALL
SELECT * FROM compared_month
