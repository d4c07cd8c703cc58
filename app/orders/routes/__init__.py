"""Addresses of orders: the customer's shop, the staff's list."""
