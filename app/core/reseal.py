"""Sealing everything again after the data key changed."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, func, inspect, or_, select
from sqlalchemy.orm import Mapper

from app.core.crypto import KEY_ID_BYTES, Encrypted, keyring
from app.core.db import Base, db

BATCH = 500


def sealed_models() -> list[tuple[type[Any], list[Encrypted]]]:
    """Every model that has encrypted attributes, with these."""
    found = []
    for mapper in Base.registry.mappers:
        kept = [one for name in dir(mapper.class_) if isinstance(one := _attribute(mapper, name), Encrypted)]
        if kept:
            found.append((mapper.class_, kept))
    return sorted(found, key=lambda pair: pair[0].__name__)


def _attribute(mapper: Mapper[Any], name: str) -> Any:
    return next((vars(parent)[name] for parent in mapper.class_.__mro__ if name in vars(parent)), None)


def count_old(model: type[Any], attributes: list[Encrypted]) -> int:
    """How many rows hold a value that is not sealed with the present key."""
    return db.session.scalar(select(func.count()).select_from(model).where(_is_old(model, attributes))) or 0


def reseal(model: type[Any], attributes: list[Encrypted], *, everything: bool = False) -> Iterator[int]:
    """Seal rows again, some hundred at a time, each time in a transaction of its own; yields how many.

    `everything` takes also those of the present key, which renews their blind indexes.
    Raises: CannotDecrypt, and leaves the rest as it was.
    """
    key = inspect(model).primary_key[0]
    last: Any = None
    while True:
        query = select(model).where(key > last) if last is not None else select(model)
        if not everything:
            query = query.where(_is_old(model, attributes))
        rows = db.session.scalars(query.order_by(key).limit(BATCH).with_for_update()).all()
        if not rows:
            return
        for row in rows:
            for attribute in attributes:
                attribute.reseal(row)
        last = inspect(rows[-1]).identity[0]
        db.session.commit()
        yield len(rows)
        db.session.expunge_all()


def _is_old(model: type[Any], attributes: list[Encrypted]) -> ColumnElement[bool]:
    columns = [getattr(model, one.column) for one in attributes]
    return or_(*(func.substring(column, 1, KEY_ID_BYTES) != keyring.current_id for column in columns))
