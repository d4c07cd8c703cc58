"""Views: a list's filter, order and tab under a name."""
