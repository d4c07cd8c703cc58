"""Addresses of payments: the staff's, the customer's, the vendors'."""
