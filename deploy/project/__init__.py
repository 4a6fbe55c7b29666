"""How somebody's project is understood, from its files alone: one answer for every command."""
