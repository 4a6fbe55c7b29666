-- remains: the switch stays, after a policy
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
