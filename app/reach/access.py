"""Who may see, write and send messages."""

from app.core.access import Permission

SEND = Permission("reach.send", "Launch, pause, resume and cancel touch tasks", manager="all")
PERMISSIONS = (
    Permission("reach.read", "See messages, tasks and what became of them", agent="all", manager="all"),
    Permission("reach.write", "Write templates and prepare touch tasks", manager="all"),
    SEND,
    Permission("reach.tell", "Tell what happens to customers, by programs", manager="all"),
    Permission("reach.providers", "Set up providers and suppress addresses"),
)
