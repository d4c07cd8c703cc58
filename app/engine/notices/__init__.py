"""Notices: a line under the bell, and mail. The transport, not the campaign.

A *notice* is for one person and has a key, so that saying it twice shows it once.
An *outgoing mail* is a row before it is sent; a worker sends it, tries again with
growing pauses, and keeps the server's own words when it cannot be delivered.
"""
