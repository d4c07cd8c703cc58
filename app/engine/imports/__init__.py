"""Imports: a file of rows becomes what it says, and every row has its outcome.

An *import kind* is what a package makes of rows (customers, products, transactions); this
engine knows none of them. A file is kept in the database until it is read, so that any web
process may take it and any worker may read it. How it is read is guessed, shown, and can be
changed before anything happens.

Rules: the same row twice changes nothing; a bad row is left out with its reason and never
stops the others; a killed import goes on where it stopped.
"""
