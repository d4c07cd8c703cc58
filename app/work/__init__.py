"""Working through a list: one record at a time, by keys, until all are done.

A *run* is a list as its address found it: a *step* for each record, in the list's order. Whoever works
holds one step at a time; a step that is held is nobody else's, so colleagues share a run without
meeting. What became of a record is its step's outcome: done, skipped, snoozed to a day (which is a task),
or gone. A run waits where it was left.
"""
