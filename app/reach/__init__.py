"""Reach: one message, written once, to the right people, by the channels they allow, and not one lost.

A *message type* says why people are written to (its purpose), in which lane, and how long it is worth sending.
A *template* holds the words per channel and language, in numbered versions. A *channel* is a way to reach people,
a *provider* one configured way of sending by it. A *touch task* says who gets which template when; each time it
goes out is a *run*. A run's people are *deliveries*: one for each person and channel, also for those who get
nothing, with the reason. Deliveries go in *chunks*; what happens to one are its *steps*, written once each.
A *trigger* is an event that has to be answered with a message, at once or later.

Rules: nobody is written to without consent, or who is on the *suppression list*, asked again as it is sent; a
person gets a run's message once; what may have been sent is not sent again without proof that it was not.
"""
