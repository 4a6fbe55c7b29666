"""One question about a live system a file."""
