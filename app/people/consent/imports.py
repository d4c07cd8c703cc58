"""Consent in imported files: the columns that say it, what a row says, and how it gets into the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.core.clock import now
from app.core.display import day
from app.core.texts import folded
from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, Parse, Vouched
from app.engine.imports.runs import Outcome, Run
from app.people.consent import purposes, told
from app.people.consent.models import FIRST_YEAR, GRANTED, TOO_LONG_AGO, WITHDRAWN
from app.people.consent.told import NO, Told, Verdict

DAY = "agreed_on"
VOUCHED = Vouched(
    permission="consent.record",
    heading="Who agreed to be written to",
    context="Yes and no in the words of the file; an empty cell says nothing. A yes counts from the day they agreed,"
    " or from now on. A no ends what they agreed to. Who wants no more is not written to from now on, and no older list"
    " brings them back.",
    question="How do you know what they want?",
    example="Newsletter form on our website since 2023",
    unanswered="Say how you know, or choose “Not in the file” for those columns.",
    refusal="Only who may record consent brings in who agreed to be written to.",
    kept="Undoing leaves the log of consent as it is, and keeps the new customers it speaks of. Withdraw on their"
    " pages, or import a file in which they say no.",
)
# What a column is called that says the one, and was chosen for the other.
AGREEING, REFUSING = ("accepts", "optin", "optedin"), ("optout", "optedout", "unsubscri", "donot")
IS_AGREEING = "“{}” seems to say who agrees: choose it above, for what they agreed to."
IS_REFUSING = "“{}” seems to say who does not want it: choose it below, for what they want no more."
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
REFUSALS = (
    "do not allow {}", "do not {}", "has opted out of {}", "no marketing by {}", "opt-out {}", "opt-out of {}",
    "opted out of {}", "opted out {}", "unsubscribed from all {}", "unsubscribed from {}", "unsubscribed {}",
    "{} marketing opt-out", "{} opt-out", "{} opt-out status", "{} opted out", "{} unsubscribed",
)  # fmt: skip
REFUSALS_ALONE = ("opt-out", "opted out", "unsubscribed")
REFUSALS_OF_ALL = (
    "do not contact", "do not market", "no marketing", "opted out of all", "opted out of all marketing",
    "unsubscribed from all",
)  # fmt: skip
DAY_NAMES = (
    "agreed at", "confirm time", "consent date", "consent given at", "consent given on", "consent time",
    "consent timestamp", "date of consent", "email consent date", "email marketing consent timestamp",
    "email opt-in date", "newsletter date", "newsletter since", "opt-in date", "opt-in time", "opt-in timestamp",
    "opted in at", "opted in on", "sms marketing consent timestamp", "subscribe date", "subscribed at",
    "subscribed on", "subscribed since", "subscription date",
)  # fmt: skip
YES = {"agreed", "confirmed", "granted", "opted in", "opt-in", "subscribed"}
NOT_ASKED = {"not subscribed", "non-subscribed"}
ENDED = {"declined", "opted out", "opt-out", "unsubscribed", "withdrawn"}
NOTHING = {"", "cleaned", "never subscribed", "never_subscribed", "pending", "unconfirmed", "unknown"}

TAKEN = ("created", "updated", "unchanged")

Pair = tuple[str, str]


class Claim(NamedTuple):
    """What a column of a file says of people: what it is about, and whether a yes in it is a no to that."""

    key: str
    label: str
    pairs: tuple[Pair, ...]
    names: tuple[str, ...]
    is_refusal: bool = False


def fields() -> list[Field]:
    """Columns for all that somebody else can say that people agreed to, for when, and for what they refuse."""
    return [
        *(_field(one) for one in _agreements()),
        Field(DAY, "Agreed on", DAY_NAMES, type="date", vouched=VOUCHED, is_claim=False),
        *(_field(one) for one in _refusals()),
    ]


def _field(one: Claim) -> Field:
    contrary, contradicted = (AGREEING, IS_AGREEING) if one.is_refusal else (REFUSING, IS_REFUSING)
    return Field(one.key, one.label, one.names, vouched=VOUCHED, contrary=contrary, contradicted=contradicted)


def _agreements() -> list[Claim]:
    return [
        Claim(f"consent_{_key(pair)}", f"Agreed to {about}", (pair,), _names(pair[0], NAMES, NAMES_ALONE))
        for pair, about in _pairs().items()
    ]


def _refusals() -> list[Claim]:
    """Those of each channel, and those of all, by which others cannot speak for people either."""
    one_by_one = [
        Claim(f"refused_{_key(pair)}", f"Wants no {about}", (pair,), _names(pair[0], REFUSALS, REFUSALS_ALONE), True)
        for pair, about in _pairs().items()
    ]
    of_all = [
        Claim(f"refused_{one.key}", f"Wants no {one.label} at all", _all_of(one.key), REFUSALS_OF_ALL, True)
        for one in purposes.asked_for()
    ]
    return one_by_one + of_all


def _pairs() -> dict[Pair, str]:
    """What others can say that somebody agreed to, in words."""
    return {
        (channel.key, purpose.key): f"{purpose.label} {channel.by}"
        for channel, purpose in purposes.pairs()
        if channel.called
    }


def _all_of(purpose_key: str) -> tuple[Pair, ...]:
    return tuple((channel.key, purpose.key) for channel, purpose in purposes.pairs() if purpose.key == purpose_key)


def _key(pair: Pair) -> str:
    return f"{pair[0]}_{pair[1]}"


def _names(channel: str, names: Sequence[str], alone: Sequence[str]) -> tuple[str, ...]:
    """What a column about a channel may be called; `alone`: where no channel is named."""
    called = purposes.CHANNELS[channel].called
    named = tuple(name.format(word) for word in called if word for name in names)
    return (*named, *alone) if "" in called else named


def parser(how: Reading) -> Parse:
    """A reader of what a row says: "consents" as channel, purpose and state of each, and "agreed_at" or None."""
    read_moment = cells.moment_reader(how)
    claims = [*_agreements(), *_refusals()]

    def parse(row: dict[str, str]) -> dict[str, Any]:
        said: dict[Pair, str] = {}
        for one in claims:  # who agrees and refuses in one row refuses
            state = _refused(row[one.key], one) if one.is_refusal else _agreed(row[one.key], one)
            if state:
                said |= dict.fromkeys(one.pairs, state)
        agreed = GRANTED in said.values()
        return {
            "consents": [[*pair, state] for pair, state in said.items()],
            "agreed_at": _moment(row[DAY], read_moment) if agreed and row[DAY] else None,
        }

    return parse


def _agreed(text: str, claim: Claim) -> str:
    """What a cell says of who agreed, "" for nothing. Raises: BadCell."""
    word = folded(text)
    if word in NOTHING:
        return ""
    if word in ENDED:
        return WITHDRAWN
    return GRANTED if word in YES or (word not in NOT_ASKED and _answer(text, claim)) else NO


def _refused(text: str, claim: Claim) -> str:
    """What a cell says of who wants no more, "" for nothing. Raises: BadCell."""
    word = folded(text)
    if word in NOTHING | YES | NOT_ASKED:
        return ""
    return WITHDRAWN if word in ENDED or _answer(text, claim) else ""


def _answer(text: str, claim: Claim) -> bool:
    answer = cells.yes_or_no(text)
    if answer is None:
        raise BadCell(f"{claim.label}: “{text[:30]}” is neither yes nor no.", claim.key)
    return answer


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
    for state, words in ((GRANTED, "agrees"), (NO, "does not agree"), (WITHDRAWN, "wants none")):
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
