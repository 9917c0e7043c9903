-- The table that termwise reads: one row per term and week, from `termwise sql`.
-- Days are those of the session's time zone. What has no value counts as 0. Refunds may be negative amounts.
-- `date` is the first day of the week, but in the first and the last week the first and the last day there is,
-- so that termwise sees which weeks are not complete.
WITH
termwise_rows AS (
  SELECT
    CAST("term" AS VARCHAR) AS term,
    CAST("date" AS DATE) AS day,
    CAST("clicks" AS DECIMAL(28, 12)) AS clicks,
    CAST("spend_usd" AS DECIMAL(28, 12)) AS cost,
    CAST("conversions" AS DECIMAL(28, 12)) AS conversions,
    CAST("revenue" AS DECIMAL(28, 12)) AS revenue
  FROM "daily"
),
-- there are fewer sums than rows to clean the names of
termwise_sums AS (
  SELECT
    term,
    day - CAST(isodow(day) - 1 AS INTEGER) AS week,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost,
    SUM(conversions) AS conversions,
    SUM(revenue) AS revenue
  FROM termwise_rows
  GROUP BY term, day - CAST(isodow(day) - 1 AS INTEGER)
),
termwise_trimmed AS (
  SELECT
    regexp_replace(term, '^[\x09-\x0d\x85\p{Z}]+|[\x09-\x0d\x85\p{Z}]+$', '', 'g') AS term,
    trim(TRAILING ')' FROM trim(LEADING '(' FROM translate(regexp_replace(term, '^[\x09-\x0d\x85\p{Z}]+|[\x09-\x0d\x85\p{Z}]+$', '', 'g'), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'))) AS bare,
    week,
    clicks,
    cost,
    conversions,
    revenue
  FROM termwise_sums
),
-- blank terms and the platforms' names for terms that are not shown
termwise_named AS (
  SELECT
    CASE
      WHEN term IS NULL OR term IN ('', '-', '--', '–', '—', 'null', 'NULL') THEN '(other search terms)'
      WHEN substr(term, 1, 1) IN ('(', 'O', 'o', 'S', 's', 'A', 'a', 'W', 'w')
        AND (bare IN ('other search terms', 'other search queries', 'other queries', 'sonstige suchbegriffe', 'andere suchbegriffe', 'autres termes de recherche', 'otros términos de búsqueda', 'otros terminos de busqueda', 'other keywords', 'weitere suchbegriffe', 'autres requêtes', 'otras búsquedas', 'search terms not shown', 'low volume terms')
          OR (bare IN ('other', 'others', 'sonstige', 'andere', 'autres', 'otros', 'sonstiges') AND (length(bare) < length(term)))) THEN '(other search terms)'
      ELSE term
    END AS term,
    week,
    clicks,
    cost,
    conversions,
    revenue
  FROM termwise_trimmed
),
termwise_span AS (
  SELECT MIN(week) AS first_week, MIN(first_day) AS first_day, MAX(week) AS last_week, MAX(last_day) AS last_day
  FROM termwise_sums
)
SELECT
  w.term,
  CASE WHEN w.week = s.last_week THEN s.last_day WHEN w.week = s.first_week THEN s.first_day ELSE w.week END AS date,
  CAST(ROUND(COALESCE(SUM(w.clicks), 0), 9) AS DOUBLE) AS clicks,
  CAST(ROUND(COALESCE(SUM(w.cost), 0), 9) AS DOUBLE) AS cost,
  CAST(ROUND(COALESCE(SUM(w.conversions), 0), 9) AS DOUBLE) AS conversions,
  CAST(ROUND(COALESCE(SUM(w.revenue), 0), 9) AS DOUBLE) AS revenue
FROM termwise_named AS w
CROSS JOIN termwise_span AS s
GROUP BY w.term, w.week, s.first_week, s.first_day, s.last_week, s.last_day
