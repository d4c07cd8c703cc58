"""What is done to deals, and to the pipelines they go through."""
