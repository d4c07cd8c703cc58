"""Things with parts in the database, of every type and with gaps everywhere, and fields that ask for them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core.db import db as database
from app.engine.filters import fields
from app.engine.filters.fields import Collection, Entity, Field, Membership, by_key
from app.engine.filters.memory import Facts
from app.engine.filters.spans import Moment

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("America/New_York"))
THINGS = 60
WORDS = ["", "red", "Red", "RED rose", "Grün", "ΣΊΣΥΦΟΣ", "İstanbul", "ǅ", "a%b_c", "o'clock", "\\", "x" * 40]
OWNERS = [UUID(int=number) for number in range(1, 4)]

metadata = MetaData(schema="filtered")  # kept between tests, which empty the public schema
things = Table(
    "filter_things",
    metadata,
    Column("thing_id", Integer, primary_key=True),
    Column("name", Text),
    Column("size", Integer),
    Column("price_minor", BigInteger),
    Column("made_at", DateTime(timezone=True)),
    Column("state", Text),
    Column("owner_id", Uuid),
    Column("is_new", Boolean),
    Column("length", Numeric),
    Column("due_on", Date),
    Column("marks", JSONB(none_as_null=True)),
)
parts = Table(
    "filter_parts",
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("thing_id", Integer),
    Column("at", DateTime(timezone=True)),
    Column("price_minor", BigInteger),
    Column("colour", Text),
    Column("is_spare", Boolean),
)
groups = Table("filter_groups", metadata, Column("group_id", Text), Column("thing_id", Integer))


def _fields(table: Table, **types: str) -> dict[str, Field]:
    marks = [(one, one) for one in ("a", "b", "c")]
    listed = {
        "marks": lambda: marks,
        "state": lambda: [("on", "On"), ("off", "Off")],
        "owner_id": lambda: [(str(one), "O") for one in OWNERS],
    }
    return by_key(
        *(
            Field(key, key.replace("_", " ").capitalize(), kind, table.c[key], listed.get(key))
            for key, kind in types.items()
        )
    )


THING = Entity(
    "thing",
    "Things",
    things.c.thing_id,
    things.c.name,
    "/things",
    permission="",
    visible=lambda _actor: true(),
    fields=_fields(
        things,
        name="text",
        size="number",
        price_minor="money",
        made_at="moment",
        state="choice",
        owner_id="identity",
        is_new="yes",
        length="decimal",
        due_on="day",
        marks="set",
    ),
)
THING.add_collection(
    Collection(
        "parts",
        "Parts",
        parts.c.thing_id,
        parts.c.at,
        _fields(parts, price_minor="money", colour="text", at="moment"),
        base=parts.c.is_spare.is_not(True),
    )
)
THING.add_membership(
    Membership(
        "group",
        "Group",
        lambda group: select(groups.c.thing_id).where(groups.c.group_id == group),
        lambda: [("1", "First"), ("2", "Second")],
    )
)


@dataclass
class World:
    """What is stored, as facts, and the application to ask it through; says nothing when a test fails."""

    app: Flask = field(repr=False)
    facts: list[Facts] = field(repr=False)


def some_moment(chance: random.Random) -> datetime | None:
    near = [timedelta(0), timedelta(days=90), timedelta(hours=1), timedelta(days=20, hours=9, minutes=30)]
    far = timedelta(seconds=chance.randrange(-20, 400) * 86_400 // 2)
    return chance.choice([None, NOW - chance.choice(near), NOW - far, NOW - far])


@pytest.fixture(scope="module")
def world(application) -> Iterator[World]:
    """Sixty things of which much is unknown, their parts, and who is in which group: stored, and as facts."""
    chance = random.Random(7)
    with application.app_context():
        with database.engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA filtered"))
        metadata.create_all(database.engine)
        made = [
            {
                "thing_id": number,
                "name": chance.choice([None, *WORDS]),
                "size": chance.choice([None, -1, 0, 1, 2, 50]),
                "price_minor": chance.choice([None, 0, 999, 1000, 10**12]),
                "made_at": some_moment(chance),
                "state": chance.choice([None, "", "on", "off", "gone"]),
                "owner_id": chance.choice([None, *OWNERS]),
                "is_new": chance.choice([None, True, False]),
                "length": chance.choice([None, Decimal("-0.5"), Decimal(0), Decimal("1.75"), Decimal(2)]),
                "due_on": chance.choice([None, (some_moment(chance) or NOW).astimezone(MOMENT.zone).date()]),
                "marks": chance.choice([None, ["a"], ["a", "b"], ["c", "gone"]]),
            }
            for number in range(THINGS)
        ]
        pieces = [
            {
                "part_id": number,
                "thing_id": chance.randrange(THINGS // 2),
                "at": some_moment(chance) or NOW,
                "price_minor": chance.choice([None, -500, 0, 1, 2, 1000]),
                "colour": chance.choice([None, *WORDS]),
                "is_spare": chance.choice([None, True, False, False]),
            }
            for number in range(THINGS * 3)
        ]
        inside = {number: frozenset({str(1 + number % 2)}) for number in range(0, THINGS, 3)}
        members = [{"group_id": group, "thing_id": number} for number, held in inside.items() for group in held]
        with database.engine.begin() as connection:
            connection.execute(insert(things), made)
            connection.execute(insert(parts), pieces)
            connection.execute(insert(groups), members)
        fields.add_entity(THING)
        yield World(
            application,
            [
                Facts(
                    thing,
                    {"parts": [one for one in pieces if one["thing_id"] == number and one["is_spare"] is not True]},
                    {"group": inside.get(number, frozenset())},
                )
                for number, thing in enumerate(made)
            ],
        )
        del fields.ENTITIES["thing"]
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA filtered CASCADE"))
