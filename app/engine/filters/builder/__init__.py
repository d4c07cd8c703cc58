"""The builder of filters: a working copy that travels in a form, read from it, changed, and finished.

The whole tree is in the form, each input named by its node's path ("r.0.1.op"), so nothing is
kept between two clicks and two windows never meet.
"""
