"""Exports: any list as a file, with the columns, the filter and the order it is shown in.

A package offers the export of its list (`offers.offer`), under a right of its own. A few rows are
written at once, many by a job that tells by a notice; either way rows come from a server-side cursor and go
into pieces of a file, so a million of them take no more memory than a page. Files are kept for a day.
No cell is ever a formula. Who exported how many rows of what stands in the audit trail.
"""
