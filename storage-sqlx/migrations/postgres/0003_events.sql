-- SQLite lays out its journal anew under this number.
SELECT 1;
