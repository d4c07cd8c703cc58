"""Messages: why people are written to, and the words, per channel and language, in numbered versions.

A *message type* has a purpose (`transactional` and `service` need no consent, `marketing` does), a lane and how long
it is worth sending. A *template* is of one type; each change of its words is a new *version*, which is never changed.
Its texts may hold *placeholders* in braces, and parts that stand only where something holds.
"""
