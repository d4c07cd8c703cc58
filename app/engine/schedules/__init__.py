"""Schedules: what runs at which times, exactly once for each of them.

A *schedule* says what runs, by which rule and in which time zone; packages say what can run
(`catalogue`). Each time it comes due there is one *run*, whatever number of clocks tick: the
next due time moves and the run appears in one transaction, and a due time is unique.

A run's work is a background job with the run's id, so a worker that dies or a Redis that
forgets makes no second run. Rules speak of the clock on the wall: 09:00 stays 09:00 when
summer time begins. A time that does not exist moves forward, one that is twice is the first.
"""
