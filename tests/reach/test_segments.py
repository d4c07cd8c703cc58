"""Segments as audiences."""

import pytest

from app.core.access import SYSTEM
from app.core.errors import Conflict
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from tests.factories import make_customer
from tests.reach.cast import kinds, launch, make_task, reasons, write

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def test_its_members_get_it_and_it_stays_as_long_as_a_task_names_it(db, work):
    make_customer(country="Norway")
    make_customer(country="Spain")
    norwegians = segments.create(SegmentDetails("Norwegians", NORWAY), actor=SYSTEM)
    db.commit()
    launch(make_task(write(), audience="segment", segment_id=norwegians.segment_id))
    work()
    assert (kinds(), reasons()) == ({"sent": 1}, {None: 1})
    with pytest.raises(Conflict, match="Spring lamps"):
        segments.remove(norwegians, actor=SYSTEM)
