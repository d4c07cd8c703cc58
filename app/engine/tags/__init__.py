"""Tags: words people put on records of any kind, to find them together again.

A *tag* has a name, the same whatever its case and accents, and one of twelve colours. Whoever may change
a record may tag it and make tags by typing them; renaming, merging and deleting tags is a right of its own.
Rules: a record has a tag once; tags go when their record does; a filter that asks for a tag which was
merged asks for the one it became.
"""
