"""Orders: what customers choose, and what becomes of it.

A *basket* is what a customer is about to order; it is kept for each customer, whatever browser
they use. Checking out makes an *order* of it, at the prices and taxes of that moment, and its
lines never change. Once all of it is paid, the order's receipt stands in the books.

Rules: placed -> paid -> fulfilled, or cancelled, or refunded; a total that changed meanwhile is
shown before it is paid; what is clicked twice is done once; money is counted under the
order's lock, so that neither more is taken than is owed nor more given back than was paid.
"""
