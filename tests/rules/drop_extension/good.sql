COMMENT ON EXTENSION plpgsql IS 'kept';
