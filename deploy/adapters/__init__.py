"""The only doors to what lies outside."""
