"""One file a kind of address, named like the beginning of its URLs; `apprise.py` takes every other."""
