"""Writing message types and templates."""
