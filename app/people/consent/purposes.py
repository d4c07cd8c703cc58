"""By which channels people are written to, and for which purposes: registries that packages above may add to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """A way to reach people. `by` says it in a sentence; with `is_confirmed`, they answer a mail before it counts.

    `called` are its names in the files of other programs, "" among them where it is meant when none is named. One
    without any is chosen by people themselves alone.
    """

    key: str
    label: str
    by: str
    icon: str
    is_confirmed: bool = False
    called: tuple[str, ...] = ()


@dataclass(frozen=True)
class Purpose:
    """Why people are written to. One that needs no consent is never asked for; `usual` is its first wording."""

    key: str
    label: str
    about: str
    usual: str = ""

    @property
    def needs_consent(self) -> bool:
        """Nobody is written to for it who did not agree."""
        return bool(self.usual)


CHANNELS: dict[str, Channel] = {}
PURPOSES: dict[str, Purpose] = {}


def add_channel(channel: Channel) -> None:
    """Let people agree to one more way of being reached."""
    CHANNELS[channel.key] = channel


def add_purpose(purpose: Purpose) -> None:
    """Let people agree to one more reason to be reached."""
    PURPOSES[purpose.key] = purpose


def asked_for() -> list[Purpose]:
    """The purposes that need consent."""
    return [purpose for purpose in PURPOSES.values() if purpose.needs_consent]


def pairs() -> list[tuple[Channel, Purpose]]:
    """Everything that can be agreed to, purpose by purpose."""
    return [(channel, purpose) for purpose in asked_for() for channel in CHANNELS.values()]


for _channel in (
    Channel(
        "email",
        "Email",
        "by email",
        "mail",
        is_confirmed=True,
        called=("email", "emails", "mail", "mails", "newsletter", ""),
    ),
    Channel(
        "sms",
        "Text message",
        "by text message",
        "device-mobile",
        called=("sms", "text", "texts", "text message", "text messages"),
    ),
    Channel(
        "phone",
        "Phone",
        "by phone",
        "phone",
        called=("phone", "telephone", "call", "calls", "phone call", "phone calls"),
    ),
    Channel(
        "post", "Post", "by post", "home", called=("post", "postal", "postal mail", "direct mail", "letter", "letters")
    ),
    Channel("push", "Push", "by push notification", "bell-ringing"),
    Channel("in_app", "In the portal", "in the portal", "message"),
):
    add_channel(_channel)
for _purpose in (
    Purpose("service", "service", "Receipts, orders, appointments and answers to what you ask"),
    Purpose(
        "marketing",
        "marketing",
        "News, offers and invitations",
        "I would like to receive news, offers and invitations in the ways I have chosen."
        " I can withdraw this at any time.",
    ),
):
    add_purpose(_purpose)
