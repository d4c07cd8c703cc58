"""People: everybody the shop knows.

A *person* is a *customer* or an *employee*: inherited tables behind one registry that
every reference points to, so a person's identity and email are unique across both.
Phone and address are encrypted; a phone is found through its blind index.

Rules: an email belongs to one person; erasing a person removes what identifies them
and keeps the books; a deactivated person cannot sign in and stays in history.
"""
