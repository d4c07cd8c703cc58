"""Honest undo: what one action of a person changed, and the way back.

A *change set* is one action of a person: an edit, a bulk edit, an import, a merge. Who writes begins one
(`actions.begin`), and triggers on every table under undo (`migrations/undo.py`) keep its rows as they were
and as they became. Undoing gives back what was, removes what was created and brings back what was deleted.
A row that somebody touched since is kept as it is and named, with who did it and when; so is a created one
that others refer to by now. Undoing is a change set itself, so it can be undone: that is redo.
After 30 days what changed is forgotten. What an erased person leaves here goes with them.
"""
