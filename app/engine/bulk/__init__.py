"""Bulk actions: one thing done to many rows of a list, ticked by hand or all that match.

A *bulk action* is declared for a list: what it asks, and what it does to some rows at once. A *run* is one
use of it. "All that match" is the list's own filter, asked again when the run begins, so nobody is left out
who came meanwhile; the page says how many there were and how many there are. A few rows are done at once,
many by a job in batches, with progress, and it can be stopped. What a run changes is one change set, so it
is undone as a whole. Afterwards it tells what became of every row.
"""
