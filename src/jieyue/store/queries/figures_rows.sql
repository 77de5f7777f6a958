-- The returns of some institutions in a period, every row up to publication $seq, with the columns that sums are taken
-- over. What a later row replaces is among them and is left out by the reader: both are the same institution's and
-- the same period's, so both are here. Slots as in figures_graded.sql, and {columns}, {rows} = the table itself.
SELECT f.version, f.replaces, {columns}
FROM {rows} f
WHERE f.seq <= $seq AND {of_period_filed}
