"""Calls: the phone beside the conversation.

A *call* is known from its first ring to its end: who it is with, how it ended, how long it took. A *provider*
carries it and tells us by signed requests, which may come twice and in any order: a call only ever moves on.
When it has ended it is written down once, as a phone communication of its customer.
"""
