"""Quotes: what a customer is offered in a deal, on paper and behind a link, and what they answer.

A quote has a number and *versions*; a new version replaces the one before. Its lines are a copy of the
deal's at that moment. The link in a mail holds a secret of which only a hash is kept; it runs out,
and a new one or a word of the staff ends it.

Rules: a quote is answered once, while it is valid; accepting it records who, when and from where, and
moves the deal to the stage named on it or, without one, wins it, which makes the sale.
"""
