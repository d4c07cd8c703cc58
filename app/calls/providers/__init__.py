"""Whoever carries calls: how each signs, what it says, how one asks it to call."""
