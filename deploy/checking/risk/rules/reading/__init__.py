"""What several rules read from a statement, its effects and the schema."""
