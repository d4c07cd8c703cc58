"""Why people are written to, and which of it takes their consent."""

PURPOSES = {
    "transactional": "What somebody waits for, such as a code or a confirmation",
    "service": "About what they bought, booked or asked",
    "marketing": "News, offers and invitations",
}
NEEDING_CONSENT = ("marketing",)


def consent_purpose(purpose: str) -> str | None:
    """The purpose of consent that a message needs, None where it needs none."""
    return purpose if purpose in NEEDING_CONSENT else None
