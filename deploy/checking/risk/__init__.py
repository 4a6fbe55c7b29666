"""What pending migrations may do: statements, rules, judgement."""
