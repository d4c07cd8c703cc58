"""Segments: groups of customers that stay true."""
