"""The pages of mailboxes and mails."""
