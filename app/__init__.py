"""The reference application: a small auto_trader, there to be deployed by Surefoot."""
