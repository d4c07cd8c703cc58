"""Sales: what was bought, and what was given back.

A *receipt* is one sale or one refund, with a number from a series without gaps; its lines
are *transactions*, kept in monthly parts and never changed. A refund is a receipt of its
own with negative lines, each linked to the line it refunds.

Rules: never more is refunded than was paid, line by line and for all refunds together; a
receipt and its number are written in one transaction; the books outlive products and people.
"""
