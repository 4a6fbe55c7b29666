CREATE TABLE plans (code text PRIMARY KEY, title text);
CREATE TABLE subscriptions (id bigint PRIMARY KEY, plan text REFERENCES plans ON UPDATE CASCADE ON DELETE CASCADE);
CREATE TABLE invoices (id bigint PRIMARY KEY, subscription bigint REFERENCES subscriptions ON DELETE CASCADE);
CREATE TABLE vouchers (id bigint PRIMARY KEY, plan text REFERENCES plans ON DELETE SET NULL);
CREATE INDEX vouchers_plan_idx ON vouchers (plan);
CREATE TABLE plan_notes (id bigint PRIMARY KEY, note text);
