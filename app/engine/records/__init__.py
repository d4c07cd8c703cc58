"""Records: what has a page of its own, such as customers, companies, deals and products.

Whatever goes with any record (tags, notes, files, tasks, undo) knows it by its kind and id alone.
A package declares its kinds in its wiring; packages above and beside add panels and actions to their pages.
"""
