-- remains: there is no form that does not test the rows; NOT VALID puts it off
ALTER DOMAIN positive_amount ADD CONSTRAINT below_a_million CHECK (VALUE < 1000000);
ALTER DOMAIN positive_amount SET NOT NULL;
