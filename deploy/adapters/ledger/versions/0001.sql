-- Times are ISO 8601 in UTC.
CREATE TABLE deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    state TEXT NOT NULL,
    user_name TEXT NOT NULL,
    host_name TEXT NOT NULL,
    ci_run TEXT,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    outcome TEXT NOT NULL DEFAULT ''
);
-- One unfinished deployment at a time, whatever the code above believes.
CREATE UNIQUE INDEX one_running ON deployments (state) WHERE state = 'running';
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment_id INTEGER NOT NULL REFERENCES deployments (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    detail TEXT NOT NULL,
    duration_seconds REAL
);
CREATE INDEX journal_of ON journal (deployment_id, position);
CREATE TABLE releases (
    number INTEGER PRIMARY KEY,
    image_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    digest TEXT,
    size_bytes INTEGER NOT NULL,
    head_ids TEXT NOT NULL,
    state TEXT NOT NULL,
    deployment_id INTEGER NOT NULL REFERENCES deployments (id),
    created_at TEXT NOT NULL
);
CREATE TABLE current_release (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    number INTEGER NOT NULL REFERENCES releases (number)
);
CREATE TABLE graphs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id TEXT NOT NULL UNIQUE,
    graph TEXT NOT NULL
);
CREATE TABLE revision_kinds (
    revision_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL
);
