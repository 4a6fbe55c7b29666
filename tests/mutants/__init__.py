"""`make mutants`: the code of a room is changed in one place at a time, and its unit tests must notice."""
