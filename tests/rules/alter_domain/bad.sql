ALTER DOMAIN positive_amount ADD CONSTRAINT below_a_million CHECK (VALUE < 1000000);
ALTER DOMAIN positive_amount SET NOT NULL;
