"""Writing one field of many records by one statement."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, cast, column, func, update
from sqlalchemy.dialects.postgresql import JSONB, array

from app.core.db import db
from app.engine.custom_fields.kinds import CustomKind


def put_each(kind: CustomKind, key: str, stored: Mapping[UUID, Any]) -> None:
    """Give each of some records its value of a field, as it is stored; None takes it away."""
    ids = bindparam(None, list(stored), type_=ARRAY(Uuid))
    said = [None if one is None else json.dumps(one) for one in stored.values()]
    rows = func.unnest(ids, bindparam(None, said, type_=ARRAY(Text)))
    listed = rows.table_valued(column("id", Uuid), column("value", Text)).render_derived()
    path, custom = array([key], type_=Text), kind.model.custom
    after = func.coalesce(func.jsonb_set(custom, path, cast(listed.c.value, JSONB)), custom.op("-")(key))
    statement = (
        update(kind.model)
        .where(kind.entity.id == listed.c.id)
        .values(custom=after, version=kind.model.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
    db.session.expire_all()
