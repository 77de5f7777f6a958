-- The returns of some institutions in a period as of publication $seq, with the columns that sums are taken over.
-- Slots as in figures_graded.sql, and {columns}.
SELECT {columns}
FROM {facts} f
WHERE {of_period_filed}
