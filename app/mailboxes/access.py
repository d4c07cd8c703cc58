"""Who sets up mailboxes. Who reads and answers mails is for conversations to say."""

from app.core.access import Permission

PERMISSIONS = (Permission("mailboxes.configure", "Set up mailboxes"),)
