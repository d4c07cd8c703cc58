"""Consent: what customers agreed to being written about, by which channel, and how we know.

A *purpose* is why somebody is written to, a *channel* is how. Service messages, such as receipts and
answers, need no consent; marketing does, and begins without. Every *consent* is a line of a log that is
never changed: who, channel, purpose, granted or withdrawn, when, in which *wording*, and the proof. The
newest line is what holds; of two of the same moment the stricter.

Rules: whoever records for a customer says how they know; marketing by email stays *pending* until the
customer confirms by a link; nobody asks before withdrawing, and it holds from the same moment on.
"""
