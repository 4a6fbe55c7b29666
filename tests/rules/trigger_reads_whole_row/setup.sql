CREATE TABLE kits (id bigint PRIMARY KEY, label text);
CREATE TABLE kits_history (changed_at timestamptz, id bigint, label text);
CREATE FUNCTION keep_kit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO kits_history SELECT now(), NEW.*; RETURN NEW; END $$;
CREATE TRIGGER keep_kit AFTER INSERT OR UPDATE ON kits FOR EACH ROW EXECUTE FUNCTION keep_kit();
