"""Codes: order in what people type and in what is measured.

A *coded field* holds free text; rules of a shop's own give each text a *code* of its list. A *banded
field* is a number; *bands* are its spans, each with a floor and a label. Both can be filtered by.

Rules: the text itself is never changed; a code's key stays when its label changes; the whole text
counts before a part of it; case and accents do not matter.
"""
