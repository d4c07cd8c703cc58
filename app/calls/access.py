"""Who sets up the phone. Who calls and sees calls is for conversations to say."""

from app.core.access import Permission

PERMISSIONS = (Permission("calls.configure", "Set up the phone"),)
