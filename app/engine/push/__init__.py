"""Web Push of our own: a word to a browser that is not open, by the standards alone (RFC 8030, 8188, 8291, 8292).

A *device* is a browser in which somebody switched this on: the address of its push service, and the keys that only
the browser can read with. The *key* is the installation's: made once, kept sealed, and what push services know us by.
A *message* is a title, a text, where it leads, and a tag: a later one of the same tag takes the place of an earlier.

Rules: what a push service carries only the browser can read. A device that its push service says is gone is
forgotten. Nothing is sent to an address outside the public internet.
"""
