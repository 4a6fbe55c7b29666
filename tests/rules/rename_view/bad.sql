ALTER VIEW open_orders RENAME TO waiting_orders;
