"""Invoices: what is owed in writing, and credit notes that take it back.

An *invoice* asks for what is still to be paid of one order; it is paid by paying the order. A
*credit note* takes an invoice back, in whole or in part, when money is given back or the
order is cancelled.

Rules: numbers have no gap and no double within a series and a year, because they are taken in
the transaction that issues; what was issued never changes, with the names and taxes of that
day; whoever is late is reminded after the days that the shop decided, once for each.
"""
