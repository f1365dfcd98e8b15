-- Rows with searched texts are numbered in the order of writing, each tenant's apart: how many there were so far.
ALTER TABLE {schema}.okno_head ADD COLUMN texts BIGINT NOT NULL DEFAULT 0;
