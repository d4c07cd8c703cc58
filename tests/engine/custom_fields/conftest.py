"""Fields made the way an admin makes them."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.custom_fields import actions, definitions
from app.engine.custom_fields.kinds import KINDS
from app.engine.custom_fields.models import CustomField

Define = Callable[..., CustomField]


@pytest.fixture
def define(app) -> Define:
    """Add a field: `define("Size", "choice", options=["S", "M"])`."""

    def add(
        label: str, type_key: str = "text", *, kind: str = "customer", options: Any = (), **said: Any
    ) -> CustomField:
        wanted = actions.FieldDetails(label, type_key, [("", one) for one in options], **said)
        made = actions.add_field(KINDS[kind], wanted, actor=SYSTEM)
        database.session.commit()
        definitions.refresh()
        return made

    return add
