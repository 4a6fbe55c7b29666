-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
CREATE TRIGGER orders_touch_again BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch_order();

-- case
-- schema: unknown
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
