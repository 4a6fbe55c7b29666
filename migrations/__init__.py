"""The schema's history; each revision shows one safe form."""
