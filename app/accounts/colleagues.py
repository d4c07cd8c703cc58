"""Who works here, as notes mention them."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.sign_ins import actor_for
from app.core.db import db
from app.engine.notes.mentions import Colleague, Directory
from app.people.models import Employee

FULL_NAME: ColumnElement[str] = func.btrim(Employee.first_name + " " + Employee.last_name)
HANDLE: ColumnElement[str] = func.regexp_replace(
    func.fold(func.translate(FULL_NAME, "'’", "")), r"[\s.]+", ".", "g", type_=Text
)
IS_HERE = Employee.deactivated_at.is_(None) & Employee.erased_at.is_(None)


def search(words: str, limit: int) -> Sequence[Colleague]:
    """Colleagues a word of whose name begins so, by name."""
    wanted = func.fold(literal(words.strip().replace(".", " "), Text))
    is_meant = func.starts_with(func.fold(FULL_NAME), wanted) | (func.strpos(func.fold(FULL_NAME), " " + wanted) > 0)
    query = select(Employee.person_id, FULL_NAME, HANDLE).where(IS_HERE, is_meant, FULL_NAME != "")
    found = db.session.execute(query.order_by(Employee.first_name, Employee.last_name).limit(limit))
    return [Colleague(*row) for row in found]


def named(handles: Collection[str]) -> Sequence[Colleague]:
    """The colleagues who are meant by some handles, each with the handle as it was asked for."""
    asked = func.unnest(literal(list(handles), ARRAY(Text))).table_valued("handle").render_derived("asked")
    query = select(Employee.person_id, FULL_NAME, asked.c.handle).where(IS_HERE, func.fold(asked.c.handle) == HANDLE)
    return [Colleague(*row) for row in db.session.execute(query.order_by(FULL_NAME))]


COLLEAGUES = Directory(search, named, actor_for)
