-- Where each tenant stands: the last position of its journal, and of the last change that made a snapshot stale.
CREATE TABLE okno_head (
    tenant BLOB NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL,
    directory INTEGER NOT NULL,
    blueprint INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened, in the gapless order of each tenant. Personal values stand in `content`, which can be erased.
CREATE TABLE okno_event (
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
) STRICT;
CREATE INDEX okno_event_subject ON okno_event (tenant, subject_kind, subject_id, position);

-- What each command was answered the first time.
CREATE TABLE okno_receipt (
    tenant BLOB NOT NULL,
    command BLOB NOT NULL,
    at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    subject BLOB NOT NULL,
    label TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant, command)
) STRICT, WITHOUT ROWID;

-- Values that one owner holds in a space.
CREATE TABLE okno_claim (
    tenant BLOB NOT NULL,
    space TEXT NOT NULL,
    value TEXT NOT NULL,
    owner BLOB NOT NULL,
    PRIMARY KEY (tenant, space, value)
) STRICT, WITHOUT ROWID;

-- Timers and effects. A fence of 0 says that nobody holds a lease.
CREATE TABLE okno_work (
    tenant BLOB NOT NULL,
    queue TEXT NOT NULL,
    key BLOB NOT NULL,
    generation INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    due INTEGER NOT NULL,
    leased_until INTEGER,
    parked INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    body TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (tenant, queue, key)
) STRICT;
-- A worker serves every tenant: the one index that no tenant leads.
CREATE INDEX okno_work_due ON okno_work (queue, due, key, tenant) WHERE parked = 0;
CREATE INDEX okno_work_list ON okno_work (tenant, queue, parked, due, key);
CREATE INDEX okno_work_subject ON okno_work (tenant, queue, subject_kind, subject_id, parked, due, key);

-- Numbers that rise for the whole store.
CREATE TABLE okno_counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO okno_counter (name, value) VALUES ('fence', 0);

-- What the planner believes, in place of statistics: a tenant can be the whole table, so that an index is worth what
-- the columns behind the tenant narrow. Without this it takes a tenant for ten rows and walks all of them.
-- Statistics that somebody gathers with ANALYZE later replace these.
ANALYZE okno_counter;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('okno_event', 'sqlite_autoindex_okno_event_1', '1000000 1000000 1'),
    ('okno_event', 'okno_event_subject', '1000000 1000000 100000 10 1'),
    ('okno_claim', 'okno_claim', '1000000 1000000 100000 1'),
    ('okno_receipt', 'okno_receipt', '1000000 1000000 1'),
    ('okno_work', 'sqlite_autoindex_okno_work_1', '100000 100000 50000 1'),
    ('okno_work', 'okno_work_due', '100000 50000 10 1 1'),
    ('okno_work', 'okno_work_list', '100000 100000 50000 25000 10 1'),
    ('okno_work', 'okno_work_subject', '100000 100000 50000 10000 5 5 1 1');
