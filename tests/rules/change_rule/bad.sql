-- remains: what goes must go in the end: in a later release
ALTER TABLE strategies DISABLE RULE strategies_keep;
