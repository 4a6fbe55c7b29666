"""Samples → rates → findings → breaches: pure functions and small state, no clock, no door."""
