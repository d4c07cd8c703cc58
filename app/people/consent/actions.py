"""Recording that people agreed, confirmed, or want to hear no more."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import limits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id, one_of
from app.core.errors import Conflict, Invalid, NotFound
from app.core.texts import plain_text
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.engine.notices.actions import Mail
from app.people.consent import links, purposes, queries
from app.people.consent.events import ASKED, GRANTED, WITHDRAWN
from app.people.consent.models import Consent, Wording
from app.people.models import Customer, person_registry

LONGEST_PROOF = 1_000
LONGEST_WORDING = 4_000
MAILS_TO_ONE = "5/day"
TOLD_BY_OTHERS = ("employee", "api", "import", "form")
"""Sources in which somebody else says that a customer agreed."""

Pair = tuple[str, str]

# Only what is not withdrawn already; never earlier than what it ends, however clocks differ.
WITHDRAW = text(
    """
    INSERT INTO consents (consent_id, person_id, channel, purpose, state, happened_at, recorded_at, wording_id,
        source, source_text, ip, recorded_by)
    SELECT uuidv7(), p.person_id, asked.channel, asked.purpose, 'withdrawn', at.at, at.at,
        (SELECT wording_id FROM consent_wordings w WHERE w.purpose = asked.purpose ORDER BY version DESC LIMIT 1),
        :source, :source_text, :ip, :recorded_by
    FROM unnest(CAST(:people AS uuid[])) AS p (person_id)
    CROSS JOIN unnest(CAST(:channels AS text[]), CAST(:purposes AS text[])) AS asked (channel, purpose)
    LEFT JOIN LATERAL (
        SELECT c.state, c.happened_at FROM consents c
        WHERE c.channel = asked.channel AND c.purpose = asked.purpose AND c.person_id = p.person_id
        ORDER BY c.happened_at DESC, c.state DESC, c.consent_id DESC LIMIT 1) AS latest ON true
    CROSS JOIN LATERAL (SELECT greatest(CAST(:now AS timestamptz), latest.happened_at) AS at) AS at
    WHERE latest.state IS DISTINCT FROM 'withdrawn'
    RETURNING consent_id, person_id, channel, purpose
    """
)


class CannotConfirm(Conflict):
    """The link says nothing any more."""

    title = "This cannot be confirmed any more"


class WordingChanged(Conflict):
    """They read something else than what would be written down."""

    title = "The words have changed"


def grant(
    customer: Customer,
    channel: str,
    purpose: str,
    *,
    actor: Actor,
    source: str,
    source_text: str = "",
    happened_at: datetime | None = None,
    ip: str = "",
) -> Consent:
    """Record that a customer agreed; granted already in the same words, nothing happens.

    Told by others, or by a mailbox nobody has confirmed, a consent by email is pending until they answer a mail.
    What they withdrew later than `happened_at` stays withdrawn.
    Raises: Invalid without proof, for what cannot be agreed to, or for a time to come; Conflict for an erased
    customer; TooManyRequests when they were asked too often.
    """
    _check(customer, [(channel, purpose)])
    source_text = check_proof(source_text) if source in TOLD_BY_OTHERS else ""
    lock([customer.person_id])
    moment = now()
    if happened_at is not None and happened_at > moment:
        raise Invalid(errors={"happened_at": ["That is still to come."]})
    present = queries.find_standing(customer.person_id, channel, purpose)
    wording = current_wording(purpose)
    if present and present.state == "granted" and present.wording_id == wording.wording_id:
        return present
    is_pending = _is_to_confirm(customer, channel, source)
    consent = _write(
        customer.person_id,
        (channel, purpose),
        "pending" if is_pending else "granted",
        happened_at=happened_at or moment,
        recorded_at=moment,
        wording_id=wording.wording_id,
        source=source,
        source_text=source_text,
        ip=ip,
        recorded_by=actor.id,
    )
    tell(ASKED if is_pending else GRANTED, [consent], actor=actor)
    if is_pending and queries.find_standing(customer.person_id, channel, purpose) is consent:
        _ask(customer, consent, wording)
    return consent


def _is_to_confirm(customer: Customer, channel: str, source: str) -> bool:
    if not purposes.CHANNELS[channel].is_confirmed or source == "import":
        return False
    if not customer.email:
        raise Invalid(errors={"channel": ["There is no email to ask at. Add one first."]})
    return source in TOLD_BY_OTHERS or customer.email_verified_at is None


def _ask(customer: Customer, consent: Consent, wording: Wording) -> None:
    """Send the mail with the link that confirms."""
    limits.hit(MAILS_TO_ONE, "consent-mail", str(customer.person_id))
    purpose = purposes.PURPOSES[consent.purpose]
    mail = Mail(
        "Please confirm that we may write to you",
        (
            f"You told us that we may send you {purpose.about.lower()}.",
            f"“{wording.body}”",
            "If that is right, please confirm. If not, there is nothing to do: we will not write.",
        ),
        "Confirm",
        links.address_of(consent, customer.email),
    )
    notices.send_mail(
        customer.email or "",
        mail,
        person_id=customer.person_id,
        key=f"consent:{consent.consent_id}",
        is_secret=True,
    )


def confirm(consent: Consent, customer: Customer, token: str, *, actor: Actor, ip: str) -> Consent:
    """Grant what was pending, for whoever followed the link in the mail; done twice, it is done once.

    Raises: CannotConfirm when it is too old, sent to a mailbox they no longer have, or was withdrawn since.
    """
    lock([customer.person_id])
    present = queries.find_standing(customer.person_id, consent.channel, consent.purpose)
    if present is not None and present.state == "granted":
        return present
    if present is None or present.state != "pending" or not links.confirms(token, customer.email):
        raise CannotConfirm("The link is too old, or something else was decided since. Ask us for a new one.")
    moment = max(now(), present.happened_at)
    granted = _write(
        customer.person_id,
        (consent.channel, consent.purpose),
        "granted",
        happened_at=moment,
        recorded_at=moment,
        wording_id=present.wording_id,
        source="link",
        source_text="",
        ip=ip,
        recorded_by=None,
    )
    tell(GRANTED, [granted], actor=actor)
    return granted


def withdraw(
    people: Collection[UUID], pairs: Iterable[Pair], *, actor: Actor, source: str, source_text: str = "", ip: str = ""
) -> Sequence[Any]:
    """Record that people want to hear no more, from now on; what is withdrawn already stays as it is.

    Shape: returns the new lines: consent_id, person_id, channel, purpose. Also what was never granted is withdrawn:
    nobody brings it back who finds an older agreement. Raises: Invalid for what cannot be agreed to.
    """
    pairs = list(pairs)
    _check_pairs(pairs)
    lock(people)
    written = db.session.execute(
        WITHDRAW,
        {
            "people": list(people),
            "channels": [channel for channel, _purpose in pairs],
            "purposes": [purpose for _channel, purpose in pairs],
            "now": now(),
            "source": source,
            "source_text": plain_text(source_text, LONGEST_PROOF),
            "ip": ip,
            "recorded_by": actor.id,
        },
    ).all()
    tell(WITHDRAWN, written, actor=actor)
    return written


def withdraw_all(customer: Customer, *, actor: Actor, source: str, source_text: str = "", ip: str = "") -> int:
    """No to everything that can be agreed to; returns how much of it is new."""
    pairs = [(channel.key, purpose.key) for channel, purpose in purposes.pairs()]
    people = [customer.person_id]
    return len(withdraw(people, pairs, actor=actor, source=source, source_text=source_text, ip=ip))


def share_withdrawals(person_id: UUID, others: Collection[UUID], *, since: datetime, actor: Actor) -> None:
    """Of people who part again, nobody hears of what was withdrawn while they were one: it may have been theirs."""
    said = (Consent.person_id == person_id, Consent.state == "withdrawn", Consent.recorded_at > since)
    pairs = db.session.execute(select(Consent.channel, Consent.purpose).where(*said).distinct()).tuples().all()
    if pairs:
        withdraw(others, pairs, actor=actor, source="merge")


def decide(
    customer: Customer,
    purpose: str,
    channels: Collection[str],
    version: int,
    *,
    actor: Actor,
    ip: str,
    source: str = "portal",
) -> list[Consent]:
    """What a customer chose for a purpose: these channels and no others. Returns what is new of what they agreed to.

    Raises: WordingChanged when they read another version than the present one; Invalid; Conflict.
    """
    pairs = [(channel.key, one.key) for channel, one in purposes.pairs() if one.key == purpose]
    _check(customer, [(channel, purpose) for channel in channels] or pairs)
    states = queries.states_of(customer.person_id)
    held = queries.holds(states, pairs)
    wanted = [pair for pair in pairs if pair[0] in channels and pair not in held]
    if wanted and current_wording(purpose).version != version:
        raise WordingChanged("Somebody changed them while you were reading. Please read them again.")
    gone = [pair for pair in held if pair[0] not in channels]
    if gone:
        withdraw([customer.person_id], gone, actor=actor, source=source, ip=ip)
    return [grant(customer, *pair, actor=actor, source=source, ip=ip) for pair in wanted]


def current_wording(purpose: str) -> Wording:
    """What people agree to now; the usual words become the first version when somebody agrees to them."""
    found = queries.find_wording(purpose)
    if found is None:
        _add_wording(purpose, 1, purposes.PURPOSES[purpose].usual, None)
        found = queries.find_wording(purpose)
    assert found is not None
    return found


def change_wording(purpose: str, body: str, *, actor: Actor) -> Wording:
    """Write the next version of what people agree to; the same words again change nothing.

    Raises: Invalid; Conflict when somebody else wrote one in the same moment.
    """
    body = plain_text(body, LONGEST_WORDING)
    if purpose not in {one.key for one in purposes.asked_for()}:
        raise Invalid(errors={"purpose": ["Nobody has to agree to this."]})
    if not body:
        raise Invalid(errors={"body": ["Write what people agree to."]})
    present = current_wording(purpose)
    if present.body == body:
        return present
    if not _add_wording(purpose, present.version + 1, body, actor.id):
        raise Conflict("Somebody else has just changed these words. Read theirs first.")
    return current_wording(purpose)


def _add_wording(purpose: str, version: int, body: str, written_by: UUID | None) -> bool:
    row = {"wording_id": new_id(), "purpose": purpose, "version": version, "body": body}
    statement = insert(Wording).values(**row, written_at=now(), written_by=written_by)
    kept = statement.on_conflict_do_nothing(index_elements=["purpose", "version"]).returning(Wording.wording_id)
    return db.session.scalar(kept) is not None


def _check(customer: Customer, pairs: Collection[Pair]) -> None:
    if customer.is_erased:
        raise Conflict("This customer was erased and stays so.")
    _check_pairs(pairs)


def _check_pairs(pairs: Collection[Pair]) -> None:
    errors: dict[str, list[str]] = {}
    for channel, purpose in pairs:
        if channel not in purposes.CHANNELS:
            errors["channel"] = [f"Choose one of {', '.join(purposes.CHANNELS)}."]
        if purpose not in purposes.PURPOSES:
            errors["purpose"] = [f"Choose one of {', '.join(one.key for one in purposes.asked_for())}."]
        elif not purposes.PURPOSES[purpose].needs_consent:
            errors["purpose"] = ["This needs no consent, and cannot be withdrawn."]
    if errors:
        raise Invalid(errors=errors)


def check_proof(typed: str) -> str:
    """How somebody knows what a customer wants, made plain. Raises: Invalid where nothing is said."""
    proof = plain_text(typed, LONGEST_PROOF)
    if not proof:
        raise Invalid(errors={"source_text": ["Say how you know: what they said or signed, and when."]})
    return proof


def lock(people: Collection[UUID]) -> None:
    """Let nobody else decide for these people until the transaction ends. Raises: NotFound for who is gone."""
    wanted = sorted(set(people))
    held = select(person_registry.c.person_id).where(one_of(person_registry.c.person_id, wanted))
    found = db.session.execute(held.order_by(person_registry.c.person_id).with_for_update(key_share=True)).all()
    if len(found) != len(wanted):
        raise NotFound


def _write(person_id: UUID, pair: Pair, state: str, **more: Any) -> Consent:
    consent = Consent(consent_id=new_id(), person_id=person_id, channel=pair[0], purpose=pair[1], state=state, **more)
    db.session.add(consent)
    db.session.flush()
    return consent


def tell(kind: str, lines: Sequence[Any], *, actor: Actor) -> None:
    """Record the event of each of some new lines, by one statement."""
    told = [
        (
            line.person_id,
            {"channel": line.channel, "purpose": line.purpose, "consent_id": str(line.consent_id)},
        )
        for line in lines
    ]
    events.emit_many(kind, told, actor=actor)
