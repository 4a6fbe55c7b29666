CREATE TABLE fresh (note text);
CREATE TRIGGER fresh_touch BEFORE INSERT ON fresh FOR EACH ROW EXECUTE FUNCTION touch_order();
