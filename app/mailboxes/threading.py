"""What says that two mails speak of the same matter."""

import re

_WORDS = "re|aw|antw|sv|vs|fw|fwd|wg|tr|rif|odp|ynt|答复|回复|转发"
PREFIX = re.compile(rf"^\s*(({_WORDS})(\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def subject_key(subject: str) -> str:
    """A subject without what programs put before it."""
    return " ".join(PREFIX.sub("", subject).casefold().split())[:200]


def answer_to(subject: str) -> str:
    """The subject of an answer."""
    plain = PREFIX.sub("", subject).strip()
    return f"Re: {plain}" if plain else ""
