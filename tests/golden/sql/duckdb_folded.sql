-- The table that termwise reads: one row per term and week, from `termwise sql`.
-- Days are those of the session's time zone. What has no value counts as 0. Refunds may be negative amounts.
-- `date` is the first day of the week, but in the first and the last week the first and the last day there is,
-- so that termwise sees which weeks are not complete.
-- Terms with fewer than 10 clicks are folded into (other terms): by campaign, or, where that is still too few,
-- in the account.
WITH
termwise_rows AS (
  SELECT
    CAST("query" AS VARCHAR) AS term,
    CAST("campaign" AS VARCHAR) AS campaign,
    CAST("date" AS DATE) AS day,
    CAST(1 AS DECIMAL(28, 12)) AS clicks,
    CAST(CAST("cost_micros" AS DECIMAL(22, 6)) * 0.000001 AS DECIMAL(28, 12)) AS cost,
    CAST(0 AS DECIMAL(28, 12)) AS conversions,
    CAST(0 AS DECIMAL(28, 12)) AS revenue
  FROM "web"."clicks"
  UNION ALL
  SELECT
    CAST("utm_term" AS VARCHAR) AS term,
    CAST("campaign" AS VARCHAR) AS campaign,
    CAST("date" AS DATE) AS day,
    CAST(0 AS DECIMAL(28, 12)) AS clicks,
    CAST(0 AS DECIMAL(28, 12)) AS cost,
    CAST(1 AS DECIMAL(28, 12)) AS conversions,
    CAST("amount" AS DECIMAL(28, 12)) AS revenue
  FROM "shop"."orders.2026"
),
-- there are fewer sums than rows to clean the names of
termwise_sums AS (
  SELECT
    term,
    campaign,
    day - CAST((isodow(day) + 0) % 7 AS INTEGER) AS week,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost,
    SUM(conversions) AS conversions,
    SUM(revenue) AS revenue
  FROM termwise_rows
  GROUP BY term, campaign, day - CAST((isodow(day) + 0) % 7 AS INTEGER)
),
termwise_trimmed AS (
  SELECT
    regexp_replace(term, '^[\x09-\x0d\x85\p{Z}]+|[\x09-\x0d\x85\p{Z}]+$', '', 'g') AS term,
    COALESCE(regexp_replace(campaign, '^[\x09-\x0d\x85\p{Z}]+|[\x09-\x0d\x85\p{Z}]+$', '', 'g'), '') AS campaign,
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
      WHEN (term IS NULL OR term IN ('', '-', '--', '–', '—', 'null', 'NULL')) AND (campaign NOT IN ('', '-', '--', '–', '—', 'null', 'NULL')) THEN '(no term)'
      WHEN term IS NULL OR term IN ('', '-', '--', '–', '—', 'null', 'NULL') THEN '(other search terms)'
      WHEN substr(term, 1, 1) IN ('(', 'O', 'o', 'S', 's', 'A', 'a', 'W', 'w')
        AND (bare IN ('other search terms', 'other search queries', 'other queries', 'sonstige suchbegriffe', 'andere suchbegriffe', 'autres termes de recherche', 'otros términos de búsqueda', 'otros terminos de busqueda', 'other keywords', 'weitere suchbegriffe', 'autres requêtes', 'otras búsquedas', 'search terms not shown', 'low volume terms')
          OR (bare IN ('other', 'others', 'sonstige', 'andere', 'autres', 'otros', 'sonstiges') AND (length(bare) < length(term) OR NOT (campaign NOT IN ('', '-', '--', '–', '—', 'null', 'NULL'))))) THEN '(other search terms)'
      ELSE term
    END AS term,
    campaign,
    week,
    clicks,
    cost,
    conversions,
    revenue
  FROM termwise_trimmed
),
termwise_weeks AS (
  SELECT
    term,
    campaign,
    week,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost,
    SUM(conversions) AS conversions,
    SUM(revenue) AS revenue
  FROM termwise_named
  GROUP BY term, campaign, week
),
termwise_terms AS (
  SELECT term, campaign, COALESCE(SUM(clicks), 0) AS clicks
  FROM termwise_weeks
  GROUP BY term, campaign
),
termwise_campaigns AS (
  SELECT campaign, SUM(clicks) AS clicks
  FROM termwise_terms
  WHERE clicks < 10
  GROUP BY campaign
),
-- 0: named, 1: in the pool of its campaign, 2: in that of the account
termwise_pools AS (
  SELECT t.term, t.campaign, t.clicks, CASE WHEN NOT t.clicks < 10 THEN 0 WHEN c.clicks >= 10 THEN 1 ELSE 2 END AS pool
  FROM termwise_terms AS t
  LEFT JOIN termwise_campaigns AS c ON t.campaign = c.campaign
),
termwise_rest AS (
  SELECT COUNT(*) AS terms, SUM(clicks) AS clicks
  FROM termwise_pools
  WHERE pool = 2 OR (pool = 1 AND campaign = '')
),
-- what is left could be found by subtraction, unless another term joins it
termwise_smallest AS (
  SELECT p.term, p.campaign
  FROM termwise_pools AS p
  CROSS JOIN termwise_rest AS r
  WHERE p.pool = 0 AND r.terms > 0 AND r.clicks < 10
  ORDER BY p.clicks, p.term, p.campaign
  LIMIT 1
),
termwise_placed AS (
  SELECT p.term, p.campaign, CASE WHEN l.term IS NULL THEN p.pool ELSE 2 END AS pool
  FROM termwise_pools AS p
  LEFT JOIN termwise_smallest AS l ON p.term = l.term AND p.campaign = l.campaign
),
termwise_folded AS (
  SELECT
    CASE WHEN p.pool = 0 THEN w.term ELSE '(other terms)' END AS term,
    CASE WHEN p.pool < 2 THEN w.campaign ELSE '' END AS campaign,
    w.week,
    w.clicks,
    w.cost,
    w.conversions,
    w.revenue
  FROM termwise_weeks AS w
  JOIN termwise_placed AS p ON w.term = p.term AND w.campaign = p.campaign
),
termwise_span AS (
  SELECT MIN(week) AS first_week, MIN(first_day) AS first_day, MAX(week) AS last_week, MAX(last_day) AS last_day
  FROM termwise_sums
)
SELECT
  w.term,
  w.campaign,
  CASE WHEN w.week = s.last_week THEN s.last_day WHEN w.week = s.first_week THEN s.first_day ELSE w.week END AS date,
  CAST(ROUND(COALESCE(SUM(w.clicks), 0), 9) AS DOUBLE) AS clicks,
  CAST(ROUND(COALESCE(SUM(w.cost), 0), 9) AS DOUBLE) AS cost,
  CAST(ROUND(COALESCE(SUM(w.conversions), 0), 9) AS DOUBLE) AS conversions,
  CAST(ROUND(COALESCE(SUM(w.revenue), 0), 9) AS DOUBLE) AS revenue
FROM termwise_folded AS w
CROSS JOIN termwise_span AS s
GROUP BY w.term, w.campaign, w.week, s.first_week, s.first_day, s.last_week, s.last_day
