"""Canned replies: what employees say often, kept under a short name and put into a message by typing `/`.

A *canned reply* is one's own, a team's or everyone's; who writes for others needs the right `replies.share`.
Its text may hold *placeholders* (see `engine.placeholders`), a fixed list of words in braces such as
`{customer.first_name}`, which are filled in when it is put into a message; a text with any other word is refused.
"""
