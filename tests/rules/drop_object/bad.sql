-- remains: what goes must go in the end: in a later release
DROP COLLATION IF EXISTS german;
