"""SMTP: the one way mail leaves, for a single notice and for a million messages.

A *server* is an address with how to sign in. A *letter* is who sends what to whom. A *transport* keeps a few
connections to one server and says of each letter what the server said of it. A *skeleton* is what the mails of
one sender have in common, so that only what differs has to be made for each.

Rules: a server that hangs up is dialled again; a letter whose end was sent and never answered may have arrived, and
is not sent again here; nothing that comes from outside ends a line of a header or of the dialogue.
"""
