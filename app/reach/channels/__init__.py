"""Channels: each way of sending is a strategy behind one interface (`base`), and a row that configures it."""
