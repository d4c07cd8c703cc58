"""Importing sales and refunds from a file of lines, one for each product on an invoice.

Lines of one invoice become one receipt; lines with a negative quantity become a refund, each
linked to the sale it gives back where that can be found: the same customer, product and price,
earlier, with enough left, the latest first. Lines without a customer go to one walk-in customer.

The books are never changed: a line that is in them already is left as it is, found again by its
invoice and by what it says. An invoice that was imported before with other lines is refused.
"""
