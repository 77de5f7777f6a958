-- Submissions of one period as of a publication: what was reported, whatever became of it.
SELECT *
FROM {reported}
WHERE period = $period AND seq <= $seq
ORDER BY institution, instance, row_id
