"""Duplicates: customers who may be the same person, and making one of them.

A *pair* is two customers who are alike, with a score and the reasons in words: the same phone, the same
mailbox, nearly the same name. Pairs are found for everybody every night, and at once for whoever is new
or changed. Somebody decides: *merge*, or *not the same*, which is remembered.

A merge makes one customer of two to five. The *winner* keeps the page and takes the value chosen for each
field; everything that refers to the *losers* follows: whatever has a foreign key to the registry, goes
with records by kind and id, or was named by `following.add_follower`. The losers' addresses lead to the
winner. For 30 days a merge can be undone: what moved goes back, what came since stays with the winner.
"""
