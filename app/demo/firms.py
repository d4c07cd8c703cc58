"""The firms that some customers of the demo company work for: few large ones, many small."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo import words

COLUMNS = "company_id, name, domain, website, phone, country, industry, staff, owner_id, created_at"
CUSTOMERS_TO_A_FIRM = 25
EMPLOYED_SHARE = 0.35
FOUNDED = datetime(2020, 3, 2, 9, tzinfo=UTC)


def rows(ids: list[UUID], employees: list[UUID], seed: int) -> Iterator[tuple[Any, ...]]:
    """What is known of each firm, as `COLUMNS` has it."""
    chance = Random(f"{seed}-firms")
    for number, firm_id in enumerate(ids):
        name, kind, industry = words.FIRMS[number % len(words.FIRMS)]
        town = words.TOWNS[number // len(words.FIRMS) % len(words.TOWNS)]
        turn = number // (len(words.FIRMS) * len(words.TOWNS))
        title = f"{name} {kind}" if number < len(words.FIRMS) else f"{name} {town} {kind}"
        title = f"{title} {turn + 1}" if turn else title
        domain = "".join(sign for sign in title.lower() if sign.isascii() and sign.isalnum()) + ".example"
        yield (
            firm_id,
            title,
            domain,
            f"https://{domain}",
            f"+4420{chance.randrange(70_000_000, 80_000_000)}",
            chance.choice(words.COUNTRIES),
            industry,
            chance.choice((3, 8, 12, 25, 60, 140, 900)),
            chance.choice(employees) if chance.random() < 0.8 else None,
            FOUNDED + timedelta(hours=number),
        )


def employers(ids: list[UUID], seed: int) -> Iterator[UUID | None]:
    """Whom one customer after another works for; nobody for most."""
    chance = Random(f"{seed}-employers")
    while True:
        is_employed, place = chance.random() < EMPLOYED_SHARE, chance.random() ** 2
        yield ids[int(place * len(ids))] if is_employed else None
