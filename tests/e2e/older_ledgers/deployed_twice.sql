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
INSERT INTO "current_release" VALUES(1,2);
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
INSERT INTO "deployments" VALUES(1,'361304ba7289','{"check":{"answers":[{"answer":"no","is_good":true,"question":"Does it drop a table or a column?"},{"answer":"no","is_good":true,"question":"Does it touch much data?"},{"answer":"none: no table of production is locked against its users","is_good":true,"question":"How long is the downtime?"},{"answer":"yes: every revision can be downgraded, and nothing is lost","is_good":true,"question":"Is there a rollback plan?"},{"answer":"yes: it only adds","is_good":true,"question":"Does the code that runs now survive it?"}],"backup":"optional","check":"64f433db","findings":[],"method":"measured","production":"{{project}}, PostgreSQL 15.20, at no revision (2026-11-30T11:46:47Z)","risk":"low","server":"PostgreSQL 15.18 (host)","statements":[],"warnings":[],"windows":[]},"format":1,"mode":"auto-migrate","steps":[{"name":"tag-for-rollback","params":{"names":{"{{repository}}:release-1":"{{image_v1}}"},"previous":{"{{repository}}:release-1":null}},"says":":release-1","undo_kind":"reverted"},{"name":"migrate-database","params":{"block_attempts":3,"downgrade_command":"APP_IMAGE={{image_v1}} docker compose -f docker-compose.prod.yml --profile migration run --rm migration alembic downgrade base","from_ids":[],"image_id":"{{image_v1}}","invalid_before":[],"max_block_seconds":15,"obstacle_seconds":30,"obstacle_wait_seconds":120,"release":"release-1","service":"migration","tables":null,"target_ids":["0006"]},"says":"6 revisions: empty \u2192 0001 \u2192 0002 \u2192 0003 \u2192 0004 \u2192 0005 \u2192 0006","undo_kind":"point-of-no-return"},{"name":"switch-containers","params":{"drain_timeout_seconds":60,"edge_service":"edge","had_page":false,"new":{"image_id":"{{image_v1}}","release":"release-1"},"old":null,"replicas":1,"service":"app","start_timeout_seconds":120,"stop_grace_seconds":10,"strategy":"drain"},"says":"nothing \u2192 release-1, drain","undo_kind":"reverted"},{"name":"check-health","params":{"image_id":"{{image_v1}}","release":"release-1","release_header":"X-Release","revision_ids":["0006"],"service":"app","timeout_seconds":60,"url":"http://127.0.0.1:{{edge_port}}/api/health"},"says":"http://127.0.0.1:{{edge_port}}/api/health","undo_kind":"nothing-to-undo"},{"name":"verify-release","params":{"image_id":"{{image_v1}}","replicas":1,"revision_ids":["0006"],"service":"app"},"says":"read back what runs","undo_kind":"nothing-to-undo"},{"name":"promote-release","params":{"image_id":"{{image_v1}}","latest_reference":"{{repository}}:latest","number":1,"previous_latest_image_id":null,"previous_number":null},"says":"release-1 becomes good and :latest","undo_kind":"reverted"},{"name":"prune-releases","params":{"backup_names":[],"release_numbers":[],"repository":"{{repository}}"},"says":"0 releases, 0 backups are past their time","undo_kind":"nothing-to-undo"}],"summary":{"backup":"optional","check":"64f433db","check_method":"measured","database":"{{project}}","database_revision":"","environment":"production","image":"{{repository}}:v1","image_digest":"{{repository}}@{{digest_v1}}","image_id":"{{image_v1}}","pending_revisions":["0001","0002","0003","0004","0005","0006"],"project":"{{project}}","release":"release-1","release_before":null,"risk":"low"},"warnings":[]}','done','root','server',NULL,'2026-11-30T11:46:50.219340+00:00','2026-11-30T11:46:54.403078+00:00',0,'done');
INSERT INTO "deployments" VALUES(2,'9ecf14703b24','{"check":{"answers":[{"answer":"no","is_good":true,"question":"Does it drop a table or a column?"},{"answer":"no","is_good":true,"question":"Does it touch much data?"},{"answer":"readers and writers of orders wait a moment","is_good":true,"question":"How long is the downtime?"},{"answer":"yes: every revision can be downgraded, and nothing is lost","is_good":true,"question":"Is there a rollback plan?"},{"answer":"yes: it only adds","is_good":true,"question":"Does the code that runs now survive it?"}],"backup":"recommended","check":"ddd3a772","findings":[{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":0.005,"level":"low","line":19,"lock":"ACCESS EXCLUSIVE on orders: every query waits, readers too","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"add_column_if_not_exists_locks_anyway","safe_form":"columns = [] if op.get_context().as_sql else sa.inspect(op.get_bind()).get_columns(\"orders\")\nif \"client_reference\" not in [column[\"name\"] for column in columns]:\n    op.execute(\"ALTER TABLE orders ADD COLUMN client_reference text\")","says":"locks orders even where client_reference exists already, and then keeps that column whatever its type is","statement":"ALTER TABLE orders ADD COLUMN IF NOT EXISTS client_reference text","table":"orders"},{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":null,"level":"medium","line":20,"lock":"","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"add_index","safe_form":"with op.get_context().autocommit_block():\n    op.execute(\"SET lock_timeout = 0\")\n    op.execute(\"DROP INDEX CONCURRENTLY IF EXISTS orders_client_reference_idx\")\n    op.create_index(\n        \"orders_client_reference_idx\",\n        \"orders\",\n        [\"client_reference\"],\n        postgresql_concurrently=True,\n    )\n    op.execute(\"SET lock_timeout = ''5s''\")","says":"builds an index on orders while it is written to, and waits for every older transaction","statement":"CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_client_reference_idx ON orders (client_reference)","table":"orders"},{"breaks_older_code":false,"bytes":24576,"evidence":"confirmed","hold_seconds":null,"level":"low","line":20,"lock":"","loses":"","path":"/srv/migrations/versions/0007_add_orders_client_reference.py","revision_id":"0007","rows":0,"rule":"create_index_if_not_exists_keeps_invalid","safe_form":"with op.get_context().autocommit_block():\n    op.execute(\"SET lock_timeout = 0\")\n    op.execute(\"DROP INDEX CONCURRENTLY IF EXISTS orders_client_reference_idx\")\n    op.create_index(\n        \"orders_client_reference_idx\",\n        \"orders\",\n        [\"client_reference\"],\n        postgresql_concurrently=True,\n    )\n    op.execute(\"SET lock_timeout = ''5s''\")","says":"if an earlier try left an invalid orders_client_reference_idx, IF NOT EXISTS keeps it and reports success","statement":"CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_client_reference_idx ON orders (client_reference)","table":"orders"}],"method":"measured","production":"{{project}}, PostgreSQL 15.20, at 0006 (2026-11-30T11:46:58Z)","risk":"medium","server":"PostgreSQL 15.18 (host)","statements":[{"line":19,"position":0,"revision":"0007","seconds":0.005,"sql":"ALTER TABLE orders ADD COLUMN IF NOT EXISTS client_reference text","transaction":1}],"warnings":[],"windows":[{"first":0,"last":0,"mode":"ACCESS EXCLUSIVE","relation":"orders","seconds":0.005,"transaction":1,"who_waits":"every query waits, readers too","work":[]}]},"format":1,"mode":"auto-migrate","steps":[{"name":"back-up-database","params":{"image_id":"{{image_v1}}","release_number":1},"says":"pg_dump of {{project}}, decoded whole","undo_kind":"nothing-to-undo"},{"name":"tag-for-rollback","params":{"names":{"{{repository}}:backup":"{{image_v1}}","{{repository}}:release-2":"{{image_v2}}"},"previous":{"{{repository}}:backup":null,"{{repository}}:release-2":null}},"says":":release-2, :backup","undo_kind":"reverted"},{"name":"migrate-database","params":{"block_attempts":3,"downgrade_command":"APP_IMAGE={{image_v2}} docker compose -f docker-compose.prod.yml --profile migration run --rm migration alembic downgrade 0006","from_ids":["0006"],"image_id":"{{image_v2}}","invalid_before":[],"max_block_seconds":15,"obstacle_seconds":30,"obstacle_wait_seconds":120,"release":"release-2","service":"migration","tables":null,"target_ids":["0007"]},"says":"1 revisions: 0006 \u2192 0007","undo_kind":"point-of-no-return"},{"name":"switch-containers","params":{"drain_timeout_seconds":60,"edge_service":"edge","had_page":false,"new":{"image_id":"{{image_v2}}","release":"release-2"},"old":{"image_id":"{{image_v1}}","release":"release-1"},"replicas":1,"service":"app","start_timeout_seconds":120,"stop_grace_seconds":10,"strategy":"drain"},"says":"release-1 \u2192 release-2, drain","undo_kind":"reverted"},{"name":"check-health","params":{"image_id":"{{image_v2}}","release":"release-2","release_header":"X-Release","revision_ids":["0007"],"service":"app","timeout_seconds":60,"url":"http://127.0.0.1:{{edge_port}}/api/health"},"says":"http://127.0.0.1:{{edge_port}}/api/health","undo_kind":"nothing-to-undo"},{"name":"verify-release","params":{"image_id":"{{image_v2}}","replicas":1,"revision_ids":["0007"],"service":"app"},"says":"read back what runs","undo_kind":"nothing-to-undo"},{"name":"promote-release","params":{"image_id":"{{image_v2}}","latest_reference":"{{repository}}:latest","number":2,"previous_latest_image_id":"{{image_v1}}","previous_number":1},"says":"release-2 becomes good and :latest","undo_kind":"reverted"},{"name":"prune-releases","params":{"backup_names":[],"release_numbers":[],"repository":"{{repository}}"},"says":"0 releases, 0 backups are past their time","undo_kind":"nothing-to-undo"}],"summary":{"backup":"recommended","check":"ddd3a772","check_method":"measured","database":"{{project}}","database_revision":"0006","environment":"production","image":"{{repository}}:v2","image_digest":"{{repository}}@{{digest_v2}}","image_id":"{{image_v2}}","pending_revisions":["0007"],"project":"{{project}}","release":"release-2","release_before":"release-1","risk":"medium"},"warnings":[]}','done','root','server',NULL,'2026-11-30T11:47:01.624317+00:00','2026-11-30T11:47:05.970676+00:00',0,'done');
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
INSERT INTO "journal" VALUES(1,1,0,'tag-for-rollback','begun','2026-11-30T11:46:50.223076+00:00','',NULL);
INSERT INTO "journal" VALUES(2,1,0,'tag-for-rollback','done','2026-11-30T11:46:50.227613+00:00',':release-1',3.91791299989563412964e-03);
INSERT INTO "journal" VALUES(3,1,1,'migrate-database','begun','2026-11-30T11:46:50.250226+00:00','',NULL);
INSERT INTO "journal" VALUES(4,1,1,'migrate-database','done','2026-11-30T11:46:51.757553+00:00','database is at 0006',1.50657532900004298426e+00);
INSERT INTO "journal" VALUES(5,1,2,'switch-containers','begun','2026-11-30T11:46:51.760581+00:00','',NULL);
INSERT INTO "journal" VALUES(6,1,2,'switch-containers','done','2026-11-30T11:46:54.331940+00:00','release-1 serves',2.57076517400128068402e+00);
INSERT INTO "journal" VALUES(7,1,3,'check-health','begun','2026-11-30T11:46:54.332679+00:00','',NULL);
INSERT INTO "journal" VALUES(8,1,3,'check-health','done','2026-11-30T11:46:54.366913+00:00','container, edge, database, schema and release agree',3.37861600000906037166e-02);
INSERT INTO "journal" VALUES(9,1,4,'verify-release','begun','2026-11-30T11:46:54.367569+00:00','',NULL);
INSERT INTO "journal" VALUES(10,1,4,'verify-release','done','2026-11-30T11:46:54.394933+00:00','image fe50b0c3ea7f, database at 0006, 4 tables',2.6975304999723448418e-02);
INSERT INTO "journal" VALUES(11,1,5,'promote-release','begun','2026-11-30T11:46:54.397858+00:00','',NULL);
INSERT INTO "journal" VALUES(12,1,5,'promote-release','done','2026-11-30T11:46:54.402522+00:00','release-1 is good, :latest names it',0.00413174599998456);
INSERT INTO "journal" VALUES(13,2,0,'back-up-database','begun','2026-11-30T11:47:01.626596+00:00','',NULL);
INSERT INTO "journal" VALUES(14,2,0,'back-up-database','done','2026-11-30T11:47:02.164906+00:00','backup_{{project}}_20261130T114701Z, 9,451 bytes, 5 rows, decoded whole, by container magical_lumiere 15.20',5.37587955999697442166e-01);
INSERT INTO "journal" VALUES(15,2,1,'tag-for-rollback','begun','2026-11-30T11:47:02.168096+00:00','',NULL);
INSERT INTO "journal" VALUES(16,2,1,'tag-for-rollback','done','2026-11-30T11:47:02.176693+00:00',':backup, :release-2',0.00782629400055157);
INSERT INTO "journal" VALUES(17,2,2,'migrate-database','begun','2026-11-30T11:47:02.199771+00:00','',NULL);
INSERT INTO "journal" VALUES(18,2,2,'migrate-database','done','2026-11-30T11:47:03.603258+00:00','database is at 0007',1.4026656249989173375e+00);
INSERT INTO "journal" VALUES(19,2,3,'switch-containers','begun','2026-11-30T11:47:03.608857+00:00','',NULL);
INSERT INTO "journal" VALUES(20,2,3,'switch-containers','done','2026-11-30T11:47:05.887364+00:00','release-2 serves',2.27778943399971467442e+00);
INSERT INTO "journal" VALUES(21,2,4,'check-health','begun','2026-11-30T11:47:05.888031+00:00','',NULL);
INSERT INTO "journal" VALUES(22,2,4,'check-health','done','2026-11-30T11:47:05.923844+00:00','container, edge, database, schema and release agree',3.5158746999513823539e-02);
INSERT INTO "journal" VALUES(23,2,5,'verify-release','begun','2026-11-30T11:47:05.924715+00:00','',NULL);
INSERT INTO "journal" VALUES(24,2,5,'verify-release','done','2026-11-30T11:47:05.953909+00:00','image 1b8d0c2e47f8, database at 0007, 4 tables',2.86998669998865807428e-02);
INSERT INTO "journal" VALUES(25,2,6,'promote-release','begun','2026-11-30T11:47:05.957566+00:00','',NULL);
INSERT INTO "journal" VALUES(26,2,6,'promote-release','done','2026-11-30T11:47:05.962534+00:00','release-2 is good, :latest names it',4.47157499911554623395e-03);
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
INSERT INTO "releases" VALUES(1,'{{image_v1}}','{{repository}}:v1','{{repository}}@{{digest_v1}}',280381234,'["0006"]','good',1,'2026-11-30T11:46:50.219508+00:00');
INSERT INTO "releases" VALUES(2,'{{image_v2}}','{{repository}}:v2','{{repository}}@{{digest_v2}}',280381234,'["0007"]','good',2,'2026-11-30T11:47:01.624551+00:00');
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
