-- remains: beside a default partition there is no other form
ALTER TABLE events DETACH PARTITION events_2025;
