"""What is done with widgets."""
