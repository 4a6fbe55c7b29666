ALTER TABLE strategies DISABLE RULE strategies_keep;
