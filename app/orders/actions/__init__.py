"""What is done with baskets and orders."""
