"""Figures, each printed beside the machine's own limit measured in the same run: `make bench NAME=pages`."""
