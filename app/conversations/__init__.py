"""Conversations: everything said between the shop and its customers, and inside the shop.

A *channel* is one conversation: a customer's chat, or an internal one between employees.
It is *waiting*, *open* (somebody owns it) or *closed*. A *communication* is one thing
said: a chat message, a phone call, an email. A *pair* puts a communication into a channel
under the channel's next number (`seq`, without gaps); one without a pair belongs to none.

Rules: of two who accept at once one gets it and the other learns who; a retried message
is stored once; a closed chat is reopened by its customer's next message within 7 days,
later it stays closed; only the channel's customer rates it, once, after the close; an
internal channel is nobody's but its participants'. Customers see chat messages and mails.

PostgreSQL is the truth. `doorbell` says after a commit that something changed, `live`
hears it and feeds the open pages; who missed a ring catches up from PostgreSQL.
"""
