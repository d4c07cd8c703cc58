"""Disclosure: a copy of everything that is kept about a customer, for them.

Each package says what it keeps (`parts.add_part`), or why a table of its own has no place in the copy
(`parts.leave_out`); a test walks the database and finds what nobody spoke for.
Source: GDPR articles 15 and 20.
"""
