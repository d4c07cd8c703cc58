"""What is learnt of people as they are written to: whose address is wrong, and who wants no more."""

from collections.abc import Sequence
from uuid import UUID

from app.core.access import SYSTEM
from app.engine.events import actions as events
from app.people.consent import actions as consent
from app.people.consent import purposes
from app.reach.channels import suppression
from app.reach.channels.base import CHANNELS, Outcome
from app.reach.channels.events import BOUNCED, COMPLAINED


def learn(channel_key: str, told: Sequence[tuple[UUID, Outcome]]) -> None:
    """Write no more to whom it was refused for good, and no more offers to who said so to the provider."""
    wrong = [(person_id, outcome) for person_id, outcome in told if outcome.is_for_good]
    for words in {outcome.words for _person_id, outcome in wrong}:
        suppression.hold(channel_key, [person_id for person_id, outcome in wrong if outcome.words == words], words)
    if wrong:
        noted = [(person_id, {"channel": channel_key, "code": outcome.code}) for person_id, outcome in wrong]
        events.emit_many(BOUNCED, noted, actor=SYSTEM)
    unwanted = [person_id for person_id, outcome in told if outcome.is_unwanted]
    if unwanted:
        stop(channel_key, unwanted, "The provider says that they stopped our messages.")


def hear_complaint(channel_key: str, person_id: UUID, words: str) -> None:
    """Somebody reported a message as unwanted: write nothing more to the address, and take it for a no."""
    suppression.hold(channel_key, [person_id], words, reason="complained")
    stop(channel_key, [person_id], "They reported a message as unwanted.")
    events.emit(COMPLAINED, actor=SYSTEM, subject_id=person_id, channel=channel_key)


def stop(channel_key: str, people: Sequence[UUID], words: str) -> None:
    """Take their answer for a no to all that can be agreed to by this channel."""
    pairs = [(CHANNELS[channel_key].consent, purpose.key) for purpose in purposes.asked_for()]
    consent.withdraw(people, pairs, actor=SYSTEM, source="reply", source_text=words)
