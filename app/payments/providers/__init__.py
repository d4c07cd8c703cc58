"""Ways to pay: each is a strategy behind one interface (`base`), known by its key."""
