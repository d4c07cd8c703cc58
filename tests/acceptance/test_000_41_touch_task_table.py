"""000-41: the table `crm_user_touch_task` as the founding document has it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.reach.models import TouchTask
from tests.reach.cast import make_task, write

COLUMNS = text(
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'crm_user_touch_task'"
    " AND column_name IN ('id', 'task_no', 'comment')"
)
PRIMARY = text(
    "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
    " WHERE i.indrelid = CAST('crm_user_touch_task' AS regclass) AND i.indisprimary"
)


def test_its_columns_are_of_the_types_that_were_asked_for(db):
    kinds = dict(db.execute(COLUMNS).tuples().all())
    assert kinds == {"id": "bigint", "task_no": "bigint", "comment": "character varying"}
    assert db.scalars(PRIMARY).all() == ["id"]


def test_numbers_are_short_and_unique(db):
    first, second = make_task(write()), make_task(write())
    assert second.task_no == first.task_no + 1
    assert 100_000 < first.task_no < 10**9
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE crm_user_touch_task SET task_no = :no"), {"no": first.task_no})
    db.rollback()
    assert isinstance(db.get(TouchTask, first.id).comment, str)
