-- Plans are of format 2 from here on (deploy/steps/older_plans.py). A ledger of version 1 may have some of the tables:
-- for a while they were added without a new version.
CREATE TABLE IF NOT EXISTS checklists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    phase TEXT NOT NULL,
    deployment_id INTEGER REFERENCES deployments (id),
    at TEXT NOT NULL,
    items TEXT NOT NULL
);
-- The schema before a deployment's migration began (deploy/model/schema_objects.py), for whoever compares later.
CREATE TABLE IF NOT EXISTS schema_looks (
    deployment_id INTEGER PRIMARY KEY REFERENCES deployments (id),
    look BLOB NOT NULL
);
-- What ran when a deployment began (deploy/model/end_state.py), to compare with at its end.
CREATE TABLE IF NOT EXISTS beginnings (
    deployment_id INTEGER PRIMARY KEY REFERENCES deployments (id),
    state TEXT NOT NULL
);
-- Tells this ledger from another in its place, and from another checkout's.
CREATE TABLE IF NOT EXISTS identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    ledger_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS left_releases (
    number INTEGER PRIMARY KEY REFERENCES releases (number),
    at TEXT NOT NULL,
    because TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS release_configurations (
    number INTEGER PRIMARY KEY REFERENCES releases (number),
    configuration TEXT NOT NULL
);
