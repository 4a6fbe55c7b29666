"""One file a step: is_done, run, undo."""
