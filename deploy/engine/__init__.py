"""Runs any plan: order, resume, undo, interrupts; knows neither Docker nor SQL."""
