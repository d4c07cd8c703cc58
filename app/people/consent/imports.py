"""Consent in imported files: the columns that say it, what a row says, and how it gets into the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.display import day
from app.core.texts import folded
from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, Parse, Vouched
from app.engine.imports.runs import Outcome, Run
from app.people.consent import purposes, told
from app.people.consent.models import FIRST_YEAR, GRANTED, TOO_LONG_AGO, WITHDRAWN
from app.people.consent.told import Told, Verdict

DAY = "agreed_on"
VOUCHED = Vouched(
    permission="consent.record",
    heading="Who agreed to be written to",
    context="Yes and no in the words of the file; an empty cell says nothing. A yes counts from the day they agreed,"
    " or from now on; a no from now on. What somebody withdrew since then stays withdrawn.",
    question="How do you know that they agreed?",
    example="Newsletter form on our website since 2023",
    unanswered="Say how you know that they agreed, or choose “Not in the file” for those columns.",
    refusal="Only who may record consent brings in who agreed to be written to.",
    kept="Undoing leaves the log of consent as it is, and keeps the new customers it speaks of. Withdraw on their"
    " pages, or import a file in which they say no.",
    contrary=("optout", "optedout", "unsubscri", "donot"),
    contradicted="“{}” seems to say who does not want it. Turn yes and no around in the file, and rename it.",
)
# Names that other programs give to these columns, with what they call the channel in place of the braces.
NAMES = (
    "accepts {}", "accepts {} marketing", "accepts marketing {}", "agreed to {}", "agrees to {}", "consent {}",
    "consent to {}", "marketing {}", "marketing by {}", "opt-in {}", "opted in to {}", "subscribed to {}",
    "{} consent", "{} consent status", "{} marketing", "{} marketing consent", "{} marketing consent status",
    "{} marketing opt-in", "{} marketing status", "{} newsletter", "{} opt-in", "{} opt-in status", "{} opted in",
    "{} permission", "{} permission status", "{} subscribed", "{} subscriber", "{} subscriber status",
    "{} subscription", "{} subscription status",
)  # fmt: skip
NAMES_ALONE = (
    "accepts marketing", "agreed to marketing", "agrees to marketing", "consent", "consent status",
    "consent to marketing", "gdpr consent", "mailing list", "marketing consent", "marketing consent status",
    "marketing opt-in", "marketing permission", "newsletter", "newsletters", "opt-in", "opt-in status", "opted in",
    "subscribed", "subscriber", "subscriber status", "subscription status",
)  # fmt: skip
DAY_NAMES = (
    "agreed at", "confirm time", "consent date", "consent given at", "consent given on", "consent time",
    "consent timestamp", "date of consent", "email consent date", "email marketing consent timestamp",
    "email opt-in date", "newsletter date", "newsletter since", "opt-in date", "opt-in time", "opt-in timestamp",
    "opted in at", "opted in on", "sms marketing consent timestamp", "subscribe date", "subscribed at",
    "subscribed on", "subscribed since", "subscription date",
)  # fmt: skip
YES = {"agreed", "confirmed", "granted", "opted in", "opt-in", "subscribed"}
NO = {"declined", "not subscribed", "non-subscribed", "opted out", "opt-out", "unsubscribed", "withdrawn"}
NOTHING = {"", "cleaned", "never subscribed", "never_subscribed", "pending", "unconfirmed", "unknown"}

TAKEN = ("created", "updated", "unchanged")

Pair = tuple[str, str]


def fields() -> list[Field]:
    """A column for all that somebody else can say that people agreed to, and one for when."""
    return [
        *(Field(_key(pair), label, _names(pair[0]), vouched=VOUCHED) for pair, label in _pairs().items()),
        Field(DAY, "Agreed on", DAY_NAMES, type="date", vouched=VOUCHED, is_claim=False),
    ]


def _pairs() -> dict[Pair, str]:
    """What files can say somebody agreed to, with the name of the column."""
    return {
        (channel.key, purpose.key): f"Agreed to {purpose.label} {channel.by}"
        for channel, purpose in purposes.pairs()
        if channel.called
    }


def _key(pair: Pair) -> str:
    return f"consent_{pair[0]}_{pair[1]}"


def _names(channel: str) -> tuple[str, ...]:
    """What a column about a channel may be called."""
    called = purposes.CHANNELS[channel].called
    named = tuple(name.format(word) for word in called if word for name in NAMES)
    return (*named, *NAMES_ALONE) if "" in called else named


def parser(how: Reading) -> Parse:
    """A reader of what a row says: "consents" as channel, purpose and state of each, and "agreed_at" or None."""
    read_moment = cells.moment_reader(how)
    columns = [(*pair, _key(pair), label) for pair, label in _pairs().items()]

    def parse(row: dict[str, str]) -> dict[str, Any]:
        said = [
            [channel, purpose, state]
            for channel, purpose, key, label in columns
            if (state := _state(row[key], key, label))
        ]
        agreed = any(state == GRANTED for _channel, _purpose, state in said)
        return {"consents": said, "agreed_at": _moment(row[DAY], read_moment) if agreed and row[DAY] else None}

    return parse


def _state(text: str, key: str, label: str) -> str:
    """What a cell says, "" for nothing. Raises: BadCell."""
    word = folded(text)
    if word in NOTHING:
        return ""
    if word in YES or word in NO:
        return GRANTED if word in YES else WITHDRAWN
    answer = cells.yes_or_no(text)
    if answer is None:
        raise BadCell(f"{label}: “{text[:30]}” is neither yes nor no.", key)
    return GRANTED if answer else WITHDRAWN


def _moment(text: str, read: Callable[[str], str]) -> str:
    """When they agreed. Raises: BadCell."""
    try:
        moment = read(text)
    except BadCell as refusal:
        raise BadCell(f"Agreed on: {refusal}", DAY) from None
    at = datetime.fromisoformat(moment)
    if at > now() or at.year < FIRST_YEAR:
        raise BadCell(f"Agreed on: {'That is still to come.' if at > now() else TOO_LONG_AGO}", DAY)
    return moment


def show(values: dict[str, Any]) -> str:
    """What a row says of consent, for the preview."""
    parts = []
    for state, words in ((GRANTED, "agrees"), (WITHDRAWN, "wants none")):
        named = (purposes.CHANNELS[channel] for channel, _purpose, said in values["consents"] if said == state)
        channels = [channel.label.lower() for channel in named]
        if channels:
            parts.append(f"{words}: {', '.join(channels)}")
    if values["agreed_at"]:
        parts[0] += f" since {day(datetime.fromisoformat(values['agreed_at']))}"
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def record(rows: Sequence[tuple[int, dict[str, Any]]], outcomes: Sequence[Outcome], run: Run) -> list[Outcome]:
    """Write down what the rows of a step say of those they became; their outcomes say what came of it."""
    said = [
        (place, Told(outcome.about_id, channel, purpose, state, _when(values)))
        for place, ((_line, values), outcome) in enumerate(zip(rows, outcomes, strict=True))
        if outcome.about_id and outcome.outcome in TAKEN
        for channel, purpose, state in values.get("consents", ())  # not there in rows that an older version read
    ]
    settled, people = list(outcomes), [one for _place, one in said]
    verdicts = told.record(people, actor=run.actor, source="import", source_text=run.source_text)
    for (place, _one), verdict in zip(said, verdicts, strict=True):
        settled[place] = _with(settled[place], verdict)
    return settled


def _when(values: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(values["agreed_at"]) if values["agreed_at"] else None


def _with(outcome: Outcome, verdict: Verdict) -> Outcome:
    """An outcome that says what was written, or why it does not hold, too."""
    what = "updated" if verdict.is_new and outcome.outcome == "unchanged" else outcome.outcome
    return outcome._replace(outcome=what, reason="; ".join(filter(None, (outcome.reason, verdict.words))))
