"""Answers: what a page counts itself when that is quick, and a job counts when it takes long.

A *question* has a name, a function registered under it, and arguments; the answer is JSON. A page asks
`queries.find`: the answer of this moment when counting takes less than a second, else the one that a job
kept, with its age, else None. Then it calls `actions.refresh`, which has a job count where that is needed.
Kept answers nobody renewed for a week are forgotten.
"""
