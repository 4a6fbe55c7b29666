COMMENT ON TABLE orders IS 'kept';
ANALYZE orders;
