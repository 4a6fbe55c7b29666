COMMENT ON TABLE orders IS 'kept';
