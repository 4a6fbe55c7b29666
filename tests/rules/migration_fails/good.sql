-- measured: {}
ALTER TABLE orders DROP COLUMN IF EXISTS fee;
