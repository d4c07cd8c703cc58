"""Our own number of a delivery, by which providers and answers name it. It holds its key, so nobody looks it up."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func

FORM = re.compile(r"r(\d{1,18})-([0-9a-f]{32})-([a-z_]{1,40})")


def write(run_id: int, person_id: UUID, channel: str) -> str:
    """Such as `r17-0199…-email`: letters, digits and dashes, which a Message-ID or an address takes as they are."""
    return f"r{run_id}-{person_id.hex}-{channel}"


def column(run_id: Any, person_id: Any, channel: Any) -> ColumnElement[str]:
    """The same in SQL, for all rows at once; each of the three a column or what is the same for all."""
    return func.concat("r", run_id, "-", func.encode(func.uuid_send(person_id), "hex"), "-", channel)


def read(reference: str) -> tuple[int, UUID, str] | None:
    """The run, the person and the channel; None for what is no reference of ours."""
    found = FORM.fullmatch(reference)
    return (int(found[1]), UUID(found[2]), found[3]) if found else None
