"""What a message will look like for real people, and what about it may surprise whoever writes it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, select

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.redis import redis
from app.engine.placeholders import wording
from app.engine.placeholders.language import keys_of, parse
from app.people import queries as people
from app.people.access import visible_to
from app.people.models import Customer
from app.reach.channels.base import CHANNELS
from app.reach.messages import owed, own_fields, placeholders
from app.reach.messages.lengths import Length, measure
from app.reach.messages.letters import SAFE
from app.reach.messages.owed import Owed
from app.reach.messages.own_fields import ASKED, CUSTOM
from app.reach.messages.placeholders import EVENT, PLACEHOLDERS, UNSUBSCRIBE, columns, problems_in
from app.reach.messages.purposes import consent_purpose
from app.reach.messages.rendering import USUAL_LOCALE, Contents, compile_version, conventions, nearest

SHOWN = 3
LOOKED_AT = 60
KEPT_SECONDS = 900
SEGMENTED = "sms"
LINK = re.compile(r"\]\(\s*([^)\s]+)")


@dataclass(frozen=True)
class Somebody:
    """Who the message is shown for, and what is known of them. Without an id it is an example.

    `custom`: fields of the shop's own; `debt`: what they owe.
    """

    person_id: str
    name: str
    locale: str
    values: Mapping[str, str] = field(repr=False)
    custom: Mapping[str, Any] = field(default_factory=dict, repr=False)
    debt: Owed | None = field(default=None, repr=False)

    def known(self, conventions: str) -> dict[str, str]:
        """What is known of them, each value as people write such."""
        fields = [CUSTOM + one.key for one in own_fields.offered()]
        asked = own_fields.asked_for([*fields, *(key + ASKED for key in fields)])
        debt = self.debt.words(conventions) if self.debt else {}
        return {**self.values, **own_fields.words_of(self.custom, asked, conventions), **debt}


@dataclass(frozen=True)
class Preview:
    """A message as one person gets it. `frame`: where its HTML is kept for a while, "" where it has none."""

    channel: str
    locale: str
    parts: Mapping[str, str]
    problems: Sequence[str] = ()
    warnings: Sequence[str] = ()
    length: Length | None = None
    frame: str = ""


def somebody(actor: Actor, *, words: str = "", person_id: UUID | None = None) -> list[Somebody]:
    """Three people to show a message for: of the newest the best known, the least known and one between.

    `words` look for others, `person_id` is always among them. Who may see no customers gets an example.
    """
    if words.strip():
        found = people.search_customers(actor, words, current_app.extensions["rapport"].country, SHOWN)
        return _load(actor, one_of(Customer.person_id, [one.person_id for one in found])) or [example()]
    newest = sorted(_load(actor, Customer.erased_at.is_(None)), key=_known, reverse=True)
    chosen = newest if len(newest) <= SHOWN else [newest[0], newest[len(newest) // 2], newest[-1]]
    if person_id is not None and all(one.person_id != str(person_id) for one in chosen):
        chosen = [*_load(actor, Customer.person_id == person_id), *chosen][:SHOWN]
    return chosen or [example()]


def chosen_of(found: Sequence[Somebody], person_id: UUID | None) -> Somebody:
    """Of these the one asked for, or the first."""
    return next((one for one in found if one.person_id == str(person_id)), found[0])


def example() -> Somebody:
    """Nobody in particular."""
    values = placeholders.examples()
    return Somebody("", f"{values['customer.name']} (example)", USUAL_LOCALE, values)


def these(actor: Actor, person_ids: Iterable[UUID], *, about: UUID | None = None) -> dict[UUID, Somebody]:
    """Of these customers those whom this actor may see, by id; what they owe of an invoice, where it is `about` one."""
    found = _load(actor, one_of(Customer.person_id, person_ids), about)
    return {UUID(one.person_id): one for one in found}


def said_to(who: Somebody, contents: Contents, channel: str, *, purpose: str, locale: str = "") -> dict[str, str]:
    """What a version says to somebody by a channel, in their language or the one named; only offers can be stopped."""
    language = nearest(locale or who.locale, contents[channel])
    values = who.known(conventions(who.locale, language))
    if consent_purpose(purpose) is None:
        values.pop(UNSUBSCRIBE, None)
    return compile_version(contents, channel, language).render(values)


def preview(
    texts: Mapping[str, str], channel: str, locale: str, who: Somebody, *, purpose: str, actor: Actor
) -> Preview:
    """What was written for a channel in one language, as `who` gets it; `actor` may look at it for a while."""
    texts = {key: text for key, text in texts.items() if text.strip()}
    if not texts:
        return Preview(channel, locale, {})
    parts = said_to(who, {channel: {locale: texts}}, channel, purpose=purpose)
    return Preview(
        channel,
        locale,
        parts,
        problems=_problems(channel, texts),
        warnings=_warnings(channel, texts, who, purpose),
        length=measure(parts.get("body", "")) if channel == SEGMENTED else None,
        frame=_keep(parts["html"], actor) if "html" in parts else "",
    )


def framed(token: str, actor: Actor) -> str:
    """The HTML of a preview that this actor was shown a while ago. Raises: NotFound."""
    kept = redis.attempt(lambda client: client.get(_key(token, actor)), None)
    if kept is None:
        raise NotFound("This preview is not kept any more.")
    return str(kept, "utf-8")


def _keep(html: str, actor: Actor) -> str:
    token = hashlib.sha256(html.encode()).hexdigest()[:32]
    redis.attempt(lambda client: client.set(_key(token, actor), html.encode(), ex=KEPT_SECONDS), None)
    return token


def _key(token: str, actor: Actor) -> str:
    return f"reach:preview:{actor.id}:{token}"


def _load(actor: Actor, here: ColumnElement[bool], about: UUID | None = None) -> list[Somebody]:
    if not actor.can("customers.read"):
        return []
    known = columns(PLACEHOLDERS)
    query = select(Customer.person_id, Customer.name, Customer.locale, Customer.custom, *known)
    query = query.where(visible_to(actor), here)
    query = query.order_by(Customer.created_at.desc(), Customer.person_id.desc()).limit(LOOKED_AT)
    rows = db.session.execute(query).all()
    debts = owed.of_people([row.person_id for row in rows], about) if actor.can("invoices.read") else {}
    names = [column.name for column in known]
    return [
        Somebody(
            str(person_id),
            name,
            locale,
            _with_examples(dict(zip(names, values, strict=True))),
            custom,
            debts.get(person_id),
        )
        for person_id, name, locale, custom, *values in rows
    ]


def _with_examples(values: dict[str, Any]) -> dict[str, str]:
    """How they get no more is shown by its example, which only the sender knows."""
    return {**values, UNSUBSCRIBE: PLACEHOLDERS[UNSUBSCRIBE].example}


def _known(who: Somebody) -> int:
    return sum(bool(value) for value in who.values.values()) + len(who.custom) + (who.debt is not None)


def _problems(channel: str, texts: Mapping[str, str]) -> list[str]:
    labels = {part.key: part.label for part in CHANNELS[channel].parts}
    return [
        f"{labels.get(key, key)}, {str(problem)[0].lower()}{str(problem)[1:]}"
        for key, text in texts.items()
        for problem in problems_in(text)
    ]


def _warnings(channel: str, texts: Mapping[str, str], who: Somebody, purpose: str) -> list[str]:
    used = [pair for text in texts.values() for pair in keys_of(parse(text).nodes, owed.fact_of)]
    known, keys = who.known(wording.USUAL), {one.key for one in placeholders.offered()}
    missing = dict.fromkeys(key for key, is_said in used if not is_said and key in keys and not known.get(key))
    found = [f"{{{key}}} is empty for {who.name}. Say something instead: {{{key}|…}}" for key in missing]
    if any(key.startswith(EVENT) for key, _is_said in used):
        found.append("What begins with event. is there only in messages that answer an event.")
    of_catalogue = placeholders.event_keys()
    own = dict.fromkeys(key for key, _is_said in used if key.startswith(EVENT) and key not in of_catalogue)
    found += [f"{{{key}}} is known only where a program tells it of its event." for key in own]
    if consent_purpose(purpose) and channel != "email" and UNSUBSCRIBE not in dict(used):
        found.append(f"Offers say how to get no more of them: put {{{UNSUBSCRIBE}}} in the text.")
    addresses = [address for text in texts.values() for address in LINK.findall(text)]
    found += [
        f"The link to {address} leads nowhere: begin it with https://"
        for address in addresses
        if not address.lower().startswith((*SAFE, "{"))
    ]
    return found
