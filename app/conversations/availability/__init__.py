"""Availability: what employees say of themselves, apart from whether a browser of theirs is open.

One is *available*, *busy* or *away* until one says otherwise; who never said anything counts as available.
Each stretch is kept as an interval, so that it can be told later who was there when.
"""
