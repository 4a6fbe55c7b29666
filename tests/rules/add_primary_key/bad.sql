ALTER TABLE events_2026 ADD CONSTRAINT events_2026_pkey PRIMARY KEY (id);

-- case
-- schema: unknown
ALTER TABLE orders ADD PRIMARY KEY (id);
