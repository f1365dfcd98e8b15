-- Where each tenant stands: the last position of its journal, and of the last change that made a snapshot stale. Whoever
-- commits raises `turn`: who looked before sees by it that somebody else came first.
CREATE TABLE {schema}.okno_head (
    tenant UUID NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    directory BIGINT NOT NULL,
    blueprint BIGINT NOT NULL,
    turn BIGINT NOT NULL
);

-- What happened, in the gapless order of each tenant. Personal values stand in `content`, which can be erased.
CREATE TABLE {schema}.okno_event (
    tenant UUID NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    command UUID NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id UUID NOT NULL,
    principal_kind TEXT COLLATE "C",
    principal_id UUID,
    channel TEXT COLLATE "C" NOT NULL,
    cause UUID,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C"
);
CREATE INDEX okno_event_subject ON {schema}.okno_event (tenant, subject_kind, subject_id, position);
-- Here and below, the key comes last: as long as a table has no statistics, every index seems equally good, and the
-- planner takes the one that was made last.
ALTER TABLE {schema}.okno_event ADD PRIMARY KEY (tenant, position);

-- What each command was answered the first time.
CREATE TABLE {schema}.okno_receipt (
    tenant UUID NOT NULL,
    command UUID NOT NULL,
    at BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    subject UUID NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (tenant, command)
);

-- Values that one owner holds in a space.
CREATE TABLE {schema}.okno_claim (
    tenant UUID NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    owner UUID NOT NULL,
    PRIMARY KEY (tenant, space, value)
);

-- Timers and effects. A fence of 0 says that nobody holds a lease.
CREATE TABLE {schema}.okno_work (
    tenant UUID NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    key UUID NOT NULL,
    generation BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    due BIGINT NOT NULL,
    leased_until BIGINT,
    parked BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id UUID NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    error TEXT COLLATE "C"
) WITH (fillfactor = 80);
-- A worker serves every tenant: the one index that no tenant leads.
CREATE INDEX okno_work_due ON {schema}.okno_work (queue, due, key, tenant) WHERE parked = 0;
CREATE INDEX okno_work_list ON {schema}.okno_work (tenant, queue, parked, due, key);
CREATE INDEX okno_work_subject ON {schema}.okno_work
    (tenant, queue, subject_kind, subject_id, parked, due, key);
ALTER TABLE {schema}.okno_work ADD PRIMARY KEY (tenant, queue, key);

-- The number of the latest lease of the store.
CREATE SEQUENCE {schema}.okno_fence;
