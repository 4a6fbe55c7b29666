"""One danger a file; a plain tuple is the registry."""
