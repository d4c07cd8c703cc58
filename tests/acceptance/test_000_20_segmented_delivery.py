"""000-20 and 001-13: whom a preview counts are those who are reached; who left before is not among them.

What is sent to is a stored copy of the members: it is made at the moment of sending, and stays as it was.
"""

from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.filters import queries as filters
from app.engine.filters import tree
from app.segments import actions, membership
from app.segments.actions import SegmentDetails
from app.segments.models import Member
from tests.factories import make_customer

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def recipients(segment) -> set:
    return set(database.session.scalars(select(Member.person_id).where(Member.segment_id == segment.segment_id)))


def move(customer, country: str) -> None:
    database.session.execute(
        text("UPDATE customers SET country = :country WHERE person_id = :id"),
        {"country": country, "id": customer.person_id},
    )
    database.session.commit()


def test_the_preview_counts_exactly_those_who_are_kept(db):
    carla, doris, leaver = (make_customer(country="Norway") for _number in range(3))
    make_customer(country="Spain")
    audience = actions.create(SegmentDetails("Norwegians", NORWAY), actor=SYSTEM)
    move(leaver, "Spain")
    membership.refresh(audience)
    sent_to = actions.copy(audience, actor=SYSTEM)
    db.commit()
    preview = filters.preview(SYSTEM, tree.read("customer", {"in": "segment", "v": str(audience.segment_id)}))
    assert preview.count == sent_to.member_count == 2
    assert recipients(sent_to) == {carla.person_id, doris.person_id}
    move(carla, "Spain")
    membership.refresh(audience)
    db.commit()
    assert recipients(audience) == {doris.person_id}
    assert recipients(sent_to) == {carla.person_id, doris.person_id}
