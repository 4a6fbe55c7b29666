-- revision is: {"is_failure": true, "problem": "it fails on this schema: column \"fee\" of relation \"orders\" does not exist"}
-- measured: {"error": "column \"fee\" of relation \"orders\" does not exist"}
ALTER TABLE orders DROP COLUMN fee;
