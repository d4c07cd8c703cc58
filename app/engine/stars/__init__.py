"""Stars and recent ones: the records somebody comes back to, marked by hand or opened lately.

A *star* is a row. What was opened lately is a short list in Redis, written after the page was made, so that
looking costs no statement; when it is gone, it fills again by itself.
"""
