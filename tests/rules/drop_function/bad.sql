DROP FUNCTION next_code();
