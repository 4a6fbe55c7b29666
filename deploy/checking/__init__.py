"""What a migration would do to production: looked at, tried on a scratch server, judged. Layers: ARCHITECTURE.md."""
