-- Rows with searched texts are numbered in the order of writing, each tenant's apart: `number` is the tenant's own and
-- leads the numbers of its rows, `texts` is how many there were so far.
ALTER TABLE okno_head ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE okno_head ADD COLUMN texts INTEGER NOT NULL DEFAULT 0;
UPDATE okno_head SET number = (SELECT count(*) FROM okno_head AS other WHERE other.tenant <= okno_head.tenant);
