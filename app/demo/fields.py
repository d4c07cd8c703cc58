"""What the demo company wants to know of its customers beyond what Rapport asks."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from app.core.access import SYSTEM
from app.engine.custom_fields import actions, queries
from app.engine.custom_fields.actions import FieldDetails
from app.engine.custom_fields.kinds import KINDS

FOUND_US = ("Friends", "Market stall", "Instagram", "Shop window")
LIKES = ("Candles", "Ceramics", "Tea", "Paper")
OF_CUSTOMERS = (
    FieldDetails("Birthday", "date", help="For a card, and ten percent in that week."),
    FieldDetails("Found us through", "choice", [("", one) for one in FOUND_US]),
    FieldDetails("Likes", "several", [("", one) for one in LIKES], heading="Taste"),
)
KNOWN_SHARE = 0.6


def define() -> None:
    """Define the fields, unless a shop has fields of its own already."""
    if not queries.list_fields("customer"):
        for wanted in OF_CUSTOMERS:
            actions.add_field(KINDS["customer"], wanted, actor=SYSTEM)


def values(seed: int) -> Iterator[str]:
    """What one customer after another says, as the column has it; many say nothing."""
    chance = Random(f"fields-{seed}")
    found_us, likes = ([one.lower().replace(" ", "_") for one in options] for options in (FOUND_US, LIKES))
    while True:
        said: dict[str, Any] = {}
        if chance.random() < KNOWN_SHARE:
            day = f"{chance.randrange(1945, 2006)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            chosen = [one for one in likes if chance.random() < 0.4]
            said = {"birthday": day, "found_us_through": chance.choice(found_us), "likes": chosen}
        yield json.dumps({key: value for key, value in said.items() if value})
