-- not run: a downgrade is tried with its whole project
-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "left": ["type refund_state"], "upgrade_error": "type \"refund_state\" already exists"}}
CREATE TYPE refund_state AS ENUM ('open', 'paid');
CREATE TABLE refunds (id bigint PRIMARY KEY, state refund_state);
