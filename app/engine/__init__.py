"""Engines that are free of any capability: events, notices, imports."""
