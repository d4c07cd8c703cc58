"""Tasks: what somebody has to do, until when, and about what.

A *task* may go with a record of any kind. It is due on a day, or at a time of it, by the clock on
the wall where it was written down; a *reminder* comes before, once, under the bell and by mail.

A *series* is a task that comes again by a rule. There is one task of it for each due time at most:
the next is made when the last one is done or its time has come, whichever is first.
"""
