"""What a step and a command both do, with the few doors that they hand in."""
