CREATE VIEW daily_view AS SELECT symbol FROM orders;
CREATE VIEW weekly_view AS SELECT symbol FROM daily_view;
