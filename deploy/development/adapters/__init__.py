"""The developer's database and project: looked at, proven on a scratch server, changed last."""
