-- remains: what goes must go in the end: in a later release
DROP SCHEMA audit CASCADE;
