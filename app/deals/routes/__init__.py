"""Pages about deals."""
