"""What is done in conversations: to channels, with messages, by ratings."""
