"""Taxes: what part of a price is tax, or what tax comes on top of it.

A *rate* has a name, a share of the net price, and whether prices include it. A product has a
rate of its own or the default one; where there is none, nothing is taxed.

Rules: tax is rounded line by line, half away from zero, as a till does, and totals add up the
rounded lines; a rate that was used is never changed for what was sold, whose lines keep
name and share.
"""
