-- On the scratch database only. What is dropped, by name or by cascade, goes to the server's log: a table would
-- not survive a rollback.
CREATE SCHEMA surefoot_watch;

CREATE FUNCTION surefoot_watch.log_drops() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  dropped text;
BEGIN
  SELECT json_agg(json_build_array(object_type, object_identity, original, is_temporary) ORDER BY ordinality)::text
    INTO dropped
    FROM pg_event_trigger_dropped_objects() WITH ORDINALITY
   WHERE object_type <> 'toast table'
     AND (object_type <> 'rule' OR left(object_identity, 9) <> '"_RETURN"');  -- what a view is made of
  IF dropped IS NOT NULL THEN
    RAISE LOG 'surefoot-drop %', dropped;
  END IF;
END $$;

CREATE EVENT TRIGGER surefoot_log_drops ON sql_drop EXECUTE FUNCTION surefoot_watch.log_drops();
