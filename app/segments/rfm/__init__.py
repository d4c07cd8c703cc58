"""RFM: customers by how recently, how often and for how much they bought.

*Recency* is the days since the last purchase that was kept, *frequency* the number of those, *money*
what was paid less what was given back, all within a window and as of a moment. *Breaks* cut each into
classes. A manager sets them; the data proposes some by percent rank, so that equal customers always
share a class, and few different values give few classes.

Eight *named groups* divide all who bought within the window: everybody is in exactly one. Each is an
ordinary filter, and the numbers on the grid are what that filter finds.
"""
