"""Notes: what colleagues write down about a record of any kind, for themselves.

Only staff read them, and of a record only who may see it. Whoever may change the record writes notes;
each changes and removes their own. A pinned note comes first. `@first.last` in a note *mentions* a
colleague, who is told of it once, if they may see the record.
"""
