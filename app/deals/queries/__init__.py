"""Finding deals, and the pipelines they go through."""
