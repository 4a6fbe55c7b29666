ALTER TABLE orders ADD COLUMN received_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE orders ADD COLUMN tags jsonb DEFAULT '{}'::jsonb;
