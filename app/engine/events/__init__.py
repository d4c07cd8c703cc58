"""Events: what happened, told once to everybody who must know.

An *event* is a committed row (the transactional outbox). A *subscription* is a named
reader with a cursor of its own; its handler's effects and the cursor's move are one
transaction, so a killed worker repeats nothing and loses nothing. An event whose
handler fails is set aside with its reason and tried again, without holding the others.
Upper packages learn from lower ones by events, never by imports the other way.
"""
