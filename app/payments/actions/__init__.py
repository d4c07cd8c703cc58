"""What is done about money."""
