"""One file a kind of target, named like the beginning of its URLs. Each registers itself as KIND."""
