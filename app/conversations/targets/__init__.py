"""Response targets: how soon the shop means to answer, and whether it does.

A *policy* holds the targets from one priority up: for the first answer, for each next one, and for the
resolution; what no policy covers has clocks without a target. A *clock* counts opening time for one of them
in one conversation. It runs while the customer waits; that of the resolution pauses while the shop waits for
the customer, and ends with the close. When it stops it keeps how long it took, by opening time and by the
clock on the wall, and whose it was, as it was then.

Rules: whoever answers stops the clock of the answer; a close without an answer counts only when it was late
already; what is late is found within a minute, told once, and stays late.
"""
