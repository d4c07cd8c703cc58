"""Who may be the same person."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.jobs import Job
from app.people.duplicates import actions, finding
from app.people.duplicates.models import DuplicatePair
from tests.factories import make_company, make_customer, make_employee


def found(db) -> dict[frozenset, DuplicatePair]:
    db.expire_all()
    return {frozenset((pair.first_id, pair.second_id)): pair for pair in db.scalars(select(DuplicatePair))}


def pair_of(db, first: dict, second: dict) -> DuplicatePair | None:
    """The pair of two customers, found among everybody and found for one of them alike."""
    one, other = make_customer(**first), make_customer(**second)
    key = frozenset((one.person_id, other.person_id))
    finding.find_all()
    among_all = found(db).get(key)
    seen = (among_all.score, among_all.reasons) if among_all else None
    finding.find_for([other.person_id])
    pair = found(db).get(key)
    assert seen == ((pair.score, pair.reasons) if pair else None)
    return pair


@pytest.mark.parametrize(
    ("first", "second", "reasons"),
    [
        ({"phone": "+442079460001"}, {"phone": "+442079460001"}, ["phone", "near_name"]),
        ({"email": "ann.lee+shop@gmail.com"}, {"email": "AnnLee@googlemail.com"}, ["mailbox", "near_name"]),
        ({"email": "zoe+a@example.com"}, {"email": "zoe@example.com"}, ["mailbox", "near_name"]),
        (
            {"first_name": "Zoë", "last_name": "Müller", "country": "Germany"},
            {"first_name": "Zoe", "last_name": "Muller", "country": "germany"},
            ["name", "country"],
        ),
        (
            {"first_name": "Katherine", "last_name": "Johnson", "email": None, "country": "USA"},
            {"first_name": "Katharine", "last_name": "Johnson", "country": "USA"},
            ["near_name", "country"],
        ),
        (
            {"first_name": "Lovelace", "last_name": "Ada", "email": None},
            {"first_name": "Ada", "last_name": "Lovelace"},
            ["name"],
        ),
    ],
)
def test_pairs_have_their_reasons(db, first, second, reasons):
    pair = pair_of(db, first, second)
    assert pair is not None
    assert pair.reasons == reasons


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"first_name": "Ada", "last_name": "Lovelace"}, {"first_name": "Ravi", "last_name": "Patel"}),
        (
            {"first_name": "Ann", "last_name": "Lee", "phone": "+442079460001", "country": "France"},
            {"first_name": "Ann", "last_name": "Lee", "phone": "+442079460002", "country": "Spain"},
        ),
        ({"email": "ann.lee@example.com", "first_name": "A"}, {"email": "annlee@example.com", "first_name": "Zed"}),
    ],
)
def test_others_are_not_alike(db, first, second):
    assert pair_of(db, first, second) is None


def test_colleagues_of_nearly_one_name(db):
    same = {"company_id": make_company().company_id, "email": None}
    pair = pair_of(
        db, {"first_name": "Jon", "last_name": "Smith", **same}, {"first_name": "John", "last_name": "Smith", **same}
    )
    assert pair is not None
    assert "company" in pair.reasons


def test_a_phone_that_many_have_says_nothing(db):
    for _n in range(finding.MOST_ALIKE + 1):
        make_customer(phone="+442079460001", first_name="", last_name="")
    finding.find_all()
    assert found(db) == {}


def test_what_somebody_decided_stays(db):
    pair = pair_of(db, {"phone": "+442079460001"}, {"phone": "+442079460001"})
    pair.state = "different"
    db.commit()
    finding.find_all()
    finding.find_for([pair.first_id])
    assert [one.state for one in found(db).values()] == ["different"]


def test_somebody_new_is_compared_at_once(db, browser, work):
    known = make_customer(phone="+442079460001")
    manager = browser(make_employee("manager"))
    typed = {"first_name": "Who", "last_name": "Else", "stage": "customer", "phone": "+442079460001", "anyway": "1"}
    manager.post("/customers", typed)
    work()
    assert [known.person_id in pair for pair in found(db)] == [True]


def test_a_clock_that_starts_again_does_not_look_again(db, work):
    searches = select(func.count()).select_from(Job).where(Job.name == "duplicates.find")
    actions.look_daily()
    db.commit()
    work()
    actions.look_daily()
    db.commit()
    assert db.scalar(searches) == 1
    db.execute(update(Job).values(finished_at=now() - timedelta(days=1)))
    actions.look_daily()
    db.commit()
    assert db.scalar(searches) == 2
