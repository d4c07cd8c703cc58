"""Insights: what people achieved, told so that it can be trusted.

A *measure* is defined once, as the rows it is made of; the tile, the table, the CSV and
the drill-down all come from those rows, so they cannot disagree. A *period* is whole days
in the shop's zone and is compared with the span of equal length before it.

Rules: every number shows how many rows it stands on; an average of fewer than five is
greyed; a rating belongs to whoever owned the conversation when it was closed.
"""
