"""Web Push: a word on every device that a customer switched it on in."""

from collections.abc import Mapping, Sequence
from itertools import islice

from app.core.clock import now
from app.core.web import is_local
from app.engine.push import actions, queries
from app.engine.push.sending import DAY_SECONDS, Answer, Message, Sender
from app.people.models import Customer
from app.reach.channels.base import (
    Channel,
    Outcome,
    Outgoing,
    Part,
    ProviderTrouble,
    Strategy,
    add_channel,
    add_strategy,
)

BEST_FIRST = ("sent", "later", "unknown", "trouble", "refused", "gone")
LONGEST_SECONDS = 28 * DAY_SECONDS  # push services keep nothing longer
NOBODY_THERE = "None of their devices is there any more."

PUSH = Channel(
    key="push",
    label="Push",
    icon="device-mobile",
    consent="push",
    parts=(
        Part("title", "Title", 120),
        Part("body", "Text", 1_000, is_long=True, is_needed=False),
        Part("url", "Leads to", 500, is_needed=False),
    ),
    address=lambda: queries.address_of(Customer.person_id),
)
add_channel(PUSH)


@add_strategy
class WebPush(Strategy):
    """The push services of the customers' own browsers. What is sent twice shows once: it has the same tag."""

    key = "web_push"
    channel = "push"
    label = "Web Push, with keys of our own"
    is_built_in = True

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._sender = Sender()

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Send each to all devices of its person. Raises: ProviderTrouble when no push service knows us."""
        devices = [queries.addresses(one.address) for one in messages]
        said = [_message(one) for one in messages]
        going = [(one, message) for found, message in zip(devices, said, strict=True) for one in found]
        answers = self._sender.send(going)
        actions.settle([address.endpoint for address, _message in going], answers)
        left = iter(answers)
        outcomes = [_outcome(list(islice(left, len(found)))) for found in devices]
        strangers = [one for one in answers if one.state == "trouble"]
        if strangers and not any(one.state == "sent" for one in outcomes):
            raise ProviderTrouble(f"{strangers[0].code} {strangers[0].words}".strip())
        return outcomes

    def close(self) -> None:
        """Let go of connections."""
        self._sender.close()


def _message(one: Outgoing) -> Message:
    url = one.parts.get("url", "")
    where = url if is_local(url) else "/"
    lives = DAY_SECONDS if one.expires_at is None else int((one.expires_at - now()).total_seconds())
    title, body = one.parts["title"], one.parts.get("body", "")
    return Message(title, body, where, tag=one.reference, lives_seconds=min(max(lives, 0), LONGEST_SECONDS))


def _outcome(answers: Sequence[Answer]) -> Outcome:
    """What became of a message is the best that became of it on any device."""
    if not answers:
        return Outcome("failed", code="gone", words=NOBODY_THERE)
    best = min(answers, key=lambda one: BEST_FIRST.index(one.state))
    match best.state:
        case "sent" | "later" | "unknown":
            return Outcome(best.state, best.reference, best.code, best.words, best.after_seconds)
        case "gone":
            return Outcome("failed", code=best.code, words=NOBODY_THERE)
        case _:
            return Outcome("failed", code=best.code, words=best.words)
