"""What is done with mailboxes and mails."""
