"""Addresses of sales: the staff’s books, the customer’s receipts."""
