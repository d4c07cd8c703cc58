"""How conversations are answered: times against targets, reasons, load and ratings.

A *metric* is one select of rows. Its card, chart, table, file and drill-down are all made of that select, so they
cannot disagree; a *group* is what its chart has on the other axis: a day, a label, an hour of the week, stars.
"""
