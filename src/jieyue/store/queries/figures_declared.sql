-- Declared totals: facts of a node itself, for exactly this period.
SELECT f.node, f.method {columns}
FROM {facts} f
WHERE f.node IS NOT NULL AND f.period = $period
