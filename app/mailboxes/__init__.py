"""Mailboxes: conversations by email.

A *mailbox* is an address of the shop's: what comes to it becomes conversations, what leaves them goes out in
its name. A *raw mail* is one as it came, kept once however often it comes. A *mail* is what an email in a
conversation has beyond its words: who else got it, its layout, its files, how its sending went.

Rules: a mail goes on with the conversation it answers only when its sender is that conversation's customer;
else it opens one of its own. What programs write (bounces, absence notes, lists) is no customer's word: it
registers nobody, waits for no answer, and is never answered. An address gets one automatic reply a day.
The layout of a mail is cleaned each time it is shown, in a frame where nothing runs and nothing is fetched
until somebody asks for its pictures.
"""
