-- The journal below its own key, which spares an index. Who looks for the events of a record knows its id, which hardly ever is
-- that of a record of another kind too.
CREATE TABLE okno_event_successor (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    command BLOB NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL,
    principal_kind TEXT,
    principal_id BLOB,
    channel TEXT NOT NULL,
    cause BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    content TEXT,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
INSERT INTO okno_event_successor SELECT * FROM okno_event ORDER BY tenant, position;
DROP TABLE okno_event;
-- A view that another program made refers to a table that is not there for a moment: nothing may look at it.
PRAGMA legacy_alter_table = ON;
ALTER TABLE okno_event_successor RENAME TO okno_event;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX okno_event_subject ON okno_event (tenant, subject_id, position);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('okno_event', 'okno_event', '1000000 1000000 1'),
    ('okno_event', 'okno_event_subject', '1000000 1000000 10 1');
