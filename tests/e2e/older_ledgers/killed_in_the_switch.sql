BEGIN TRANSACTION;
CREATE TABLE checklists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    phase TEXT NOT NULL,
    deployment_id INTEGER REFERENCES deployments (id),
    at TEXT NOT NULL,
    items TEXT NOT NULL
);
CREATE TABLE current_release (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    number INTEGER NOT NULL REFERENCES releases (number)
);
INSERT INTO "current_release" VALUES(1,1);
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
INSERT INTO "deployments" VALUES(1,'8e89c18fff06','{"check":{"answers":[{"answer":"no","is_good":true,"question":"Does it drop a table or a column?"},{"answer":"no","is_good":true,"question":"Does it touch much data?"},{"answer":"none: no table of production is locked against its users","is_good":true,"question":"How long is the downtime?"},{"answer":"yes: every revision can be downgraded, and nothing is lost","is_good":true,"question":"Is there a rollback plan?"},{"answer":"yes: it only adds","is_good":true,"question":"Does the code that runs now survive it?"}],"backup":"optional","check":"64f433db","findings":[],"method":"measured","production":"{{project}}, PostgreSQL 15.20, at no revision (2026-11-30T11:47:10Z)","risk":"low","server":"PostgreSQL 15.18 (host)","statements":[],"warnings":[],"windows":[]},"format":1,"mode":"auto-migrate","steps":[{"name":"tag-for-rollback","params":{"names":{"{{repository}}:release-1":"{{image_v1}}"},"previous":{"{{repository}}:release-1":null}},"says":":release-1","undo_kind":"reverted"},{"name":"migrate-database","params":{"block_attempts":3,"downgrade_command":"APP_IMAGE={{image_v1}} docker compose -f docker-compose.prod.yml --profile migration run --rm migration alembic downgrade base","from_ids":[],"image_id":"{{image_v1}}","invalid_before":[],"max_block_seconds":15,"obstacle_seconds":30,"obstacle_wait_seconds":120,"release":"release-1","service":"migration","tables":null,"target_ids":["0006"]},"says":"6 revisions: empty \u2192 0001 \u2192 0002 \u2192 0003 \u2192 0004 \u2192 0005 \u2192 0006","undo_kind":"point-of-no-return"},{"name":"switch-containers","params":{"drain_timeout_seconds":60,"edge_service":"edge","had_page":false,"new":{"image_id":"{{image_v1}}","release":"release-1"},"old":null,"replicas":1,"service":"app","start_timeout_seconds":120,"stop_grace_seconds":10,"strategy":"drain"},"says":"nothing \u2192 release-1, drain","undo_kind":"reverted"},{"name":"check-health","params":{"image_id":"{{image_v1}}","release":"release-1","release_header":"X-Release","revision_ids":["0006"],"service":"app","timeout_seconds":60,"url":"http://127.0.0.1:{{edge_port}}/api/health"},"says":"http://127.0.0.1:{{edge_port}}/api/health","undo_kind":"nothing-to-undo"},{"name":"verify-release","params":{"image_id":"{{image_v1}}","replicas":1,"revision_ids":["0006"],"service":"app"},"says":"read back what runs","undo_kind":"nothing-to-undo"},{"name":"promote-release","params":{"image_id":"{{image_v1}}","latest_reference":"{{repository}}:latest","number":1,"previous_latest_image_id":null,"previous_number":null},"says":"release-1 becomes good and :latest","undo_kind":"reverted"},{"name":"prune-releases","params":{"backup_names":[],"release_numbers":[],"repository":"{{repository}}"},"says":"0 releases, 0 backups are past their time","undo_kind":"nothing-to-undo"}],"summary":{"backup":"optional","check":"64f433db","check_method":"measured","database":"{{project}}","database_revision":"","environment":"production","image":"{{repository}}:v1","image_digest":"{{repository}}@{{digest_v1}}","image_id":"{{image_v1}}","pending_revisions":["0001","0002","0003","0004","0005","0006"],"project":"{{project}}","release":"release-1","release_before":null,"risk":"low"},"warnings":[]}','done','root','server',NULL,'2026-11-30T11:47:13.492319+00:00','2026-11-30T11:47:17.269615+00:00',0,'done');
INSERT INTO "deployments" VALUES(2,'f50431358137','{"check":{"answers":[{"answer":"no","is_good":true,"question":"Does it drop a table or a column?"},{"answer":"no","is_good":true,"question":"Does it touch much data?"},{"answer":"readers and writers of orders wait a moment","is_good":true,"question":"How long is the downtime?"},{"answer":"yes: every revision can be downgraded, and nothing is lost","is_good":true,"question":"Is there a rollback plan?"},{"answer":"yes: it only adds","is_good":true,"question":"Does the code that runs now survive it?"}],"backup":"recommended","check":"ddd3a772","findings":[{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":0.005,"level":"low","line":19,"lock":"ACCESS EXCLUSIVE on orders: every query waits, readers too","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"add_column_if_not_exists_locks_anyway","safe_form":"columns = [] if op.get_context().as_sql else sa.inspect(op.get_bind()).get_columns(\"orders\")\nif \"client_reference\" not in [column[\"name\"] for column in columns]:\n    op.execute(\"ALTER TABLE orders ADD COLUMN client_reference text\")","says":"locks orders even where client_reference exists already, and then keeps that column whatever its type is","statement":"ALTER TABLE orders ADD COLUMN IF NOT EXISTS client_reference text","table":"orders"},{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":null,"level":"medium","line":20,"lock":"","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"add_index","safe_form":"with op.get_context().autocommit_block():\n    op.execute(\"SET lock_timeout = 0\")\n    op.execute(\"DROP INDEX CONCURRENTLY IF EXISTS orders_client_reference_idx\")\n    op.create_index(\n        \"orders_client_reference_idx\",\n        \"orders\",\n        [\"client_reference\"],\n        postgresql_concurrently=True,\n    )\n    op.execute(\"SET lock_timeout = ''5s''\")","says":"builds an index on orders while it is written to, and waits for every older transaction","statement":"CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_client_reference_idx ON orders (client_reference)","table":"orders"},{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":null,"level":"low","line":20,"lock":"","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"create_index_if_not_exists_keeps_invalid","safe_form":"with op.get_context().autocommit_block():\n    op.execute(\"SET lock_timeout = 0\")\n    op.execute(\"DROP INDEX CONCURRENTLY IF EXISTS orders_client_reference_idx\")\n    op.create_index(\n        \"orders_client_reference_idx\",\n        \"orders\",\n        [\"client_reference\"],\n        postgresql_concurrently=True,\n    )\n    op.execute(\"SET lock_timeout = ''5s''\")","says":"if an earlier try left an invalid orders_client_reference_idx, IF NOT EXISTS keeps it and reports success","statement":"CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_client_reference_idx ON orders (client_reference)","table":"orders"}],"method":"measured","production":"{{project}}, PostgreSQL 15.20, at 0006 (2026-11-30T11:47:20Z)","risk":"medium","server":"PostgreSQL 15.18 (host)","statements":[{"line":19,"position":0,"revision":"0007","seconds":0.005,"sql":"ALTER TABLE orders ADD COLUMN IF NOT EXISTS client_reference text","transaction":1}],"warnings":[],"windows":[{"first":0,"last":0,"mode":"ACCESS EXCLUSIVE","relation":"orders","seconds":0.005,"transaction":1,"who_waits":"every query waits, readers too","work":[]}]},"format":1,"mode":"auto-migrate","steps":[{"name":"back-up-database","params":{"image_id":"{{image_v1}}","release_number":1},"says":"pg_dump of {{project}}, decoded whole","undo_kind":"nothing-to-undo"},{"name":"copy-backup","params":{"targets":["{{directory}}/copies"]},"says":"to {{directory}}/copies; if that fails, the backup is local only, and the deployment goes on","undo_kind":"nothing-to-undo"},{"name":"tag-for-rollback","params":{"names":{"{{repository}}:backup":"{{image_v1}}","{{repository}}:release-2":"{{image_v2}}"},"previous":{"{{repository}}:backup":null,"{{repository}}:release-2":null}},"says":":release-2, :backup","undo_kind":"reverted"},{"name":"migrate-database","params":{"block_attempts":3,"downgrade_command":"APP_IMAGE={{image_v2}} docker compose -f docker-compose.prod.yml --profile migration run --rm migration alembic downgrade 0006","from_ids":["0006"],"image_id":"{{image_v2}}","invalid_before":[],"max_block_seconds":15,"obstacle_seconds":30,"obstacle_wait_seconds":120,"release":"release-2","service":"migration","tables":null,"target_ids":["0007"]},"says":"1 revisions: 0006 \u2192 0007","undo_kind":"point-of-no-return"},{"name":"switch-containers","params":{"drain_timeout_seconds":60,"edge_service":"edge","had_page":false,"new":{"image_id":"{{image_v2}}","release":"release-2"},"old":{"image_id":"{{image_v1}}","release":"release-1"},"replicas":1,"service":"app","start_timeout_seconds":120,"stop_grace_seconds":10,"strategy":"drain"},"says":"release-1 \u2192 release-2, drain","undo_kind":"reverted"},{"name":"check-health","params":{"image_id":"{{image_v2}}","release":"release-2","release_header":"X-Release","revision_ids":["0007"],"service":"app","timeout_seconds":60,"url":"http://127.0.0.1:{{edge_port}}/api/health"},"says":"http://127.0.0.1:{{edge_port}}/api/health","undo_kind":"nothing-to-undo"},{"name":"verify-release","params":{"image_id":"{{image_v2}}","replicas":1,"revision_ids":["0007"],"service":"app"},"says":"read back what runs","undo_kind":"nothing-to-undo"},{"name":"promote-release","params":{"image_id":"{{image_v2}}","latest_reference":"{{repository}}:latest","number":2,"previous_latest_image_id":"{{image_v1}}","previous_number":1},"says":"release-2 becomes good and :latest","undo_kind":"reverted"},{"name":"prune-releases","params":{"backup_names":[],"release_numbers":[],"repository":"{{repository}}"},"says":"0 releases, 0 backups are past their time","undo_kind":"nothing-to-undo"}],"summary":{"backup":"recommended","check":"ddd3a772","check_method":"measured","database":"{{project}}","database_revision":"0006","environment":"production","image":"{{repository}}:v2","image_digest":"{{repository}}@{{digest_v2}}","image_id":"{{image_v2}}","pending_revisions":["0007"],"project":"{{project}}","release":"release-2","release_before":"release-1","risk":"medium"},"warnings":[]}','running','root','server',NULL,'2026-11-30T11:47:24.075316+00:00',NULL,NULL,'');
CREATE TABLE graphs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id TEXT NOT NULL UNIQUE,
    graph TEXT NOT NULL
);
INSERT INTO "graphs" VALUES(1,'{{image_v1}}','{"heads": ["0006"], "revisions": [["0006", ["0005"], "Make orders.side mandatory and drop orders.side_code.", "/srv/migrations/versions/0006_drop_orders_side_code.py", [], ""], ["0005", ["0004"], "Give orders.strategy_id its index and its foreign key.", "/srv/migrations/versions/0005_link_orders_to_strategies.py", [], ""], ["0004", ["0003"], "Fill orders.side from orders.side_code.", "/srv/migrations/versions/0004_fill_orders_side.py", [], ""], ["0003", ["0002"], "Add orders.side, which will replace orders.side_code.", "/srv/migrations/versions/0003_add_orders_side.py", [], ""], ["0002", ["0001"], "Create strategies and orders.", "/srv/migrations/versions/0002_create_strategies_and_orders.py", [], ""], ["0001", [], "Create users and schema_window.", "/srv/migrations/versions/0001_create_users.py", [], ""]]}');
INSERT INTO "graphs" VALUES(2,'{{image_v2}}','{"heads": ["0007"], "revisions": [["0007", ["0006"], "Add orders.client_reference and its index.", "/srv/migrations/versions/0007_add_orders_client_reference.py", [], ""], ["0006", ["0005"], "Make orders.side mandatory and drop orders.side_code.", "/srv/migrations/versions/0006_drop_orders_side_code.py", [], ""], ["0005", ["0004"], "Give orders.strategy_id its index and its foreign key.", "/srv/migrations/versions/0005_link_orders_to_strategies.py", [], ""], ["0004", ["0003"], "Fill orders.side from orders.side_code.", "/srv/migrations/versions/0004_fill_orders_side.py", [], ""], ["0003", ["0002"], "Add orders.side, which will replace orders.side_code.", "/srv/migrations/versions/0003_add_orders_side.py", [], ""], ["0002", ["0001"], "Create strategies and orders.", "/srv/migrations/versions/0002_create_strategies_and_orders.py", [], ""], ["0001", [], "Create users and schema_window.", "/srv/migrations/versions/0001_create_users.py", [], ""]]}');
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
INSERT INTO "journal" VALUES(1,1,0,'tag-for-rollback','begun','2026-11-30T11:47:13.495685+00:00','',NULL);
INSERT INTO "journal" VALUES(2,1,0,'tag-for-rollback','done','2026-11-30T11:47:13.499549+00:00',':release-1',3.34231800115958321839e-03);
INSERT INTO "journal" VALUES(3,1,1,'migrate-database','begun','2026-11-30T11:47:13.519164+00:00','',NULL);
INSERT INTO "journal" VALUES(4,1,1,'migrate-database','done','2026-11-30T11:47:14.755238+00:00','database is at 0006',1.23543709700061299372e+00);
INSERT INTO "journal" VALUES(5,1,2,'switch-containers','begun','2026-11-30T11:47:14.757774+00:00','',NULL);
INSERT INTO "journal" VALUES(6,1,2,'switch-containers','done','2026-11-30T11:47:17.189760+00:00','release-1 serves',2.43146025100031693e+00);
INSERT INTO "journal" VALUES(7,1,3,'check-health','begun','2026-11-30T11:47:17.190419+00:00','',NULL);
INSERT INTO "journal" VALUES(8,1,3,'check-health','done','2026-11-30T11:47:17.231019+00:00','container, edge, database, schema and release agree',4.02022009984648320823e-02);
INSERT INTO "journal" VALUES(9,1,4,'verify-release','begun','2026-11-30T11:47:17.231749+00:00','',NULL);
INSERT INTO "journal" VALUES(10,1,4,'verify-release','done','2026-11-30T11:47:17.260507+00:00','image fe50b0c3ea7f, database at 0006, 4 tables',2.83244300007936544716e-02);
INSERT INTO "journal" VALUES(11,1,5,'promote-release','begun','2026-11-30T11:47:17.263759+00:00','',NULL);
INSERT INTO "journal" VALUES(12,1,5,'promote-release','done','2026-11-30T11:47:17.268991+00:00','release-1 is good, :latest names it',4.70319399937579873949e-03);
INSERT INTO "journal" VALUES(13,2,0,'back-up-database','begun','2026-11-30T11:47:24.077458+00:00','',NULL);
INSERT INTO "journal" VALUES(14,2,0,'back-up-database','done','2026-11-30T11:47:24.483074+00:00','backup_{{project}}_20261130T114724Z, 9,451 bytes, 5 rows, decoded whole, by container magical_lumiere 15.20',4.04983395999806816689e-01);
INSERT INTO "journal" VALUES(15,2,1,'copy-backup','begun','2026-11-30T11:47:24.493603+00:00','',NULL);
INSERT INTO "journal" VALUES(16,2,1,'copy-backup','done','2026-11-30T11:47:24.557429+00:00','copied to {{directory}}/copies, and checked there',6.29888679995929123833e-02);
INSERT INTO "journal" VALUES(17,2,2,'tag-for-rollback','begun','2026-11-30T11:47:24.560258+00:00','',NULL);
INSERT INTO "journal" VALUES(18,2,2,'tag-for-rollback','done','2026-11-30T11:47:24.568363+00:00',':backup, :release-2',7.49351699960243422538e-03);
INSERT INTO "journal" VALUES(19,2,3,'migrate-database','begun','2026-11-30T11:47:24.593063+00:00','',NULL);
INSERT INTO "journal" VALUES(20,2,3,'migrate-database','done','2026-11-30T11:47:25.901713+00:00','database is at 0007',1.30790122500002325978e+00);
INSERT INTO "journal" VALUES(21,2,4,'switch-containers','begun','2026-11-30T11:47:25.906309+00:00','',NULL);
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
INSERT INTO "releases" VALUES(1,'{{image_v1}}','{{repository}}:v1','{{repository}}@{{digest_v1}}',280381234,'["0006"]','good',1,'2026-11-30T11:47:13.492459+00:00');
INSERT INTO "releases" VALUES(2,'{{image_v2}}','{{repository}}:v2','{{repository}}@{{digest_v2}}',280381234,'["0007"]','candidate',2,'2026-11-30T11:47:24.075554+00:00');
CREATE TABLE revision_kinds (
    revision_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL
);
INSERT INTO "revision_kinds" VALUES('0001','expand');
INSERT INTO "revision_kinds" VALUES('0002','expand');
INSERT INTO "revision_kinds" VALUES('0003','expand');
INSERT INTO "revision_kinds" VALUES('0004','expand');
INSERT INTO "revision_kinds" VALUES('0005','expand');
INSERT INTO "revision_kinds" VALUES('0006','contract');
INSERT INTO "revision_kinds" VALUES('0007','expand');
CREATE UNIQUE INDEX one_running ON deployments (state) WHERE state = 'running';
CREATE INDEX journal_of ON journal (deployment_id, position);
COMMIT;
PRAGMA user_version = 1;
