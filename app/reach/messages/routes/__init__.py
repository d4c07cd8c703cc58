"""Pages of message types and templates."""
