"""Opening hours: when the shop answers, by the clock on its own wall.

A week has up to a few *spans* each day, minutes after midnight; a *holiday* is one date unlike its weekday,
closed or with spans of its own. *Opening time* is what passes while the shop is open: promises to customers
and targets for answers are made in it. While no hours are set, the shop counts as always open.
"""
