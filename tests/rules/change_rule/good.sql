ALTER TABLE strategies SET (fillfactor = 90);
