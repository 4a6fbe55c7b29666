"""`check`: its words in, and its report in every form."""
