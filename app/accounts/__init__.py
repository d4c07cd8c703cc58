"""Accounts: who gets in, and what they may do there.

A *sign-in* is one browser of one person; its row in PostgreSQL is the truth, Redis
keeps a short copy so that pages do not ask twice. Ending it works everywhere at once.
A *role* is a set of permissions with a scope (own, team, all); an admin may change a
role's grants. An *API key* is shown once, kept as a hash, and never stronger than its owner.

Rules: tokens in mails work once and for a short time; wrong passwords lock an account
for growing spans; nobody can learn from an answer whether an address is registered.
"""
