"""Making one customer of several, and parting them again."""

import json
import threading
import time
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.sign_ins import actor_for
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Invalid, NotFound
from app.engine.changes.models import ChangeSet
from app.engine.events.models import Event
from app.engine.notes import actions as notes
from app.engine.records import kinds as records
from app.engine.tags import actions as tags
from app.people import actions as people
from app.people.duplicates import actions, following, queries
from app.people.duplicates.models import Merge
from app.people.models import Customer
from app.sales import actions as sales
from app.sales.models import Receipt
from tests.api.conftest import Program
from tests.factories import (
    make_channel,
    make_customer,
    make_deal,
    make_employee,
    make_key,
    make_product,
    make_task,
    post,
)
from tests.sales.test_actions import in_parallel

TRAILS = ("audit_", "merge", "duplicate", "jobs", "event", "stage_changes", "changed_rows")


def sell(customer: Customer, price_minor: int = 1000) -> Receipt:
    product = make_product(price_minor=price_minor)
    receipt = sales.record_sale(customer, [sales.SaleLine(product.product_id)], actor=SYSTEM)
    database.session.commit()
    return receipt


def make_one(winner: Customer, *losers: Customer, **chosen: UUID) -> Merge:
    ids = [winner.person_id, *(one.person_id for one in losers)]
    made = actions.merge(ids, winner_id=winner.person_id, chosen=chosen, actor=SYSTEM)
    database.session.commit()
    return made


def everything(db, *ids: UUID) -> dict[str, list[str]]:
    """All rows of all tables that name one of these customers, but for trails of what was done."""
    db.expire_all()
    tables = db.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND pg_relation_size(oid) > 0 ORDER BY 1"
        )
    )
    found = {}
    for table in (name for name in tables if not name.startswith(TRAILS)):
        rows = db.scalars(text(f"SELECT to_jsonb(t) - 'version' FROM ONLY \"{table}\" t")).all()
        named = [
            row for row in (json.dumps(one, sort_keys=True) for one in rows) if any(str(one) in row for one in ids)
        ]
        if named:
            found[table] = sorted(named)
    return found


@pytest.fixture
def two(db) -> tuple[Customer, Customer]:
    """Two customers with something of everything."""
    agent = make_employee("agent")
    first = make_customer(first_name="Ada", last_name="Lovelace", email="ada@example.com")
    second = make_customer(
        first_name="A.",
        last_name="Lovelace",
        email="lovelace@example.com",
        phone="+442079460001",
        address="12 St James",
        reference="C-2",
        country="France",
    )
    for one in (first, second):
        sell(one)
        post(make_channel(one, owner=agent), one, "Hello again")
        make_deal(customer_id=one.person_id)
        make_task("Call", agent, record=("customer", one.person_id))
        record = records.Record("customer", one.person_id, one.name, "/")
        tags.tag_record(record, "VIP", actor=SYSTEM)
        tags.tag_record(record, f"only {one.first_name}", actor=SYSTEM)
        notes.add_note(record, "Likes tea", actor=SYSTEM)
        db.commit()
    return first, second


def test_everything_follows_and_chosen_values_win(db, two):
    winner_id, loser_id = (one.person_id for one in two)
    make_one(*two, phone=loser_id, email=loser_id, address=loser_id)
    winner = db.get(Customer, winner_id)
    assert (winner.first_name, winner.email) == ("Ada", "lovelace@example.com")
    assert (winner.phone, winner.address) == ("+442079460001", "12 St James")
    assert everything(db, loser_id) == {}
    counted = {table: len(rows) for table, rows in everything(db, winner_id).items()}
    assert {counted[table] for table in ("receipts", "deals", "tasks", "notes", "comm_channels")} == {2}
    assert counted["record_tags"] == 3
    assert db.scalar(text("SELECT count(*) FROM transactions WHERE customer_id = :id"), {"id": winner_id}) == 2
    key = db.scalar(text("SELECT email_key FROM person_registry WHERE person_id = :id"), {"id": winner_id})
    assert key == "lovelace@example.com"
    assert queries.find_winner(loser_id) == winner_id


def test_undo_puts_back_exactly_what_was(db, two):
    first, second = ids = tuple(one.person_id for one in two)
    before = everything(db, *ids)
    merge = make_one(*two, email=second, phone=second, reference=second, country=second)
    assert actions.undo(merge, actor=SYSTEM) == []
    db.commit()
    after = everything(db, *ids)
    assert {table: rows for table, rows in after.items() if rows != before.get(table)} == {}
    assert after.keys() == before.keys()
    assert db.get(Customer, second).phone == "+442079460001"
    assert db.get(Customer, first).phone is None
    assert queries.find_winner(second) is None
    with pytest.raises(actions.CannotUndo):
        actions.undo(merge, actor=SYSTEM)


def test_what_came_since_stays_with_the_winner(db, two):
    winner_id, loser_id = (one.person_id for one in two)
    merge = make_one(*two, email=loser_id)
    since = sell(db.get(Customer, winner_id))
    people.edit_customer(db.get(Customer, winner_id), {"email": "new@example.com"}, actor=SYSTEM)
    moved = db.scalar(text("SELECT row_key ->> 'deal_id' FROM merge_moves WHERE table_name = 'deals'"))
    given = {"to": make_customer().person_id, "id": moved}
    db.execute(text("UPDATE deals SET customer_id = :to WHERE deal_id = :id"), given)
    db.commit()
    kept = actions.undo(merge, actor=SYSTEM)
    db.commit()
    assert kept == [
        "Email of who was kept stays as it is now: somebody changed it since",
        "1 of what followed was given to somebody else since, and stays there",
    ]
    assert db.get(Customer, winner_id).email == "new@example.com"
    assert db.get(Customer, loser_id).email == "lovelace@example.com"
    assert since.customer_id == winner_id


def test_an_email_that_somebody_took_since_stays_theirs(db, two):
    merge = make_one(*two)
    make_customer(email="lovelace@example.com", reference="C-2")
    kept = actions.undo(merge, actor=SYSTEM)
    db.commit()
    assert kept == [
        "Email of A. Lovelace belongs to somebody else by now",
        "Reference of A. Lovelace belongs to somebody else by now",
    ]


def test_five_become_one_and_six_do_not(db):
    some = [make_customer(phone=f"+4420794600{n:02d}") for n in range(6)]
    with pytest.raises(Invalid):
        make_one(*some)
    db.rollback()
    merge = make_one(*some[:5])
    assert db.scalar(text("SELECT count(*) FROM customers")) == 2
    actions.undo(merge, actor=SYSTEM)
    db.commit()
    assert db.scalar(text("SELECT count(*) FROM customers")) == 6


def test_a_merge_of_a_merge_is_undone_from_the_last(db):
    a, b, c = (make_customer() for _n in range(3))
    ids = (a.person_id, b.person_id, c.person_id)
    sell(a)
    first = make_one(b, a)
    second = make_one(c, b)
    assert queries.find_winner(ids[0]) == queries.find_winner(ids[1]) == ids[2]
    with pytest.raises(actions.CannotUndo):
        actions.undo(first, actor=SYSTEM)
    db.rollback()
    for merge_id in (second.merge_id, first.merge_id):
        actions.undo(db.get(Merge, merge_id), actor=SYSTEM)
        db.commit()
    assert db.scalar(text("SELECT customer_id FROM receipts")) == ids[0]


def test_after_thirty_days_or_an_erasure_there_is_no_way_back(db, two):
    winner_id = two[0].person_id
    merge_id = make_one(*two).merge_id
    assert Merge(at=now() - timedelta(days=31), before={}).can_be_undone is False
    people.erase_customer(db.get(Customer, winner_id), actor=SYSTEM, reason="asked")
    db.commit()
    for table in ("merged_people", "merges", "audit_personal"):
        left = json.dumps(db.scalars(text(f"SELECT to_jsonb(t) FROM {table} t")).all())
        assert "lovelace" not in left.lower(), table
    db.expire_all()
    with pytest.raises(actions.CannotUndo):
        actions.undo(db.get(Merge, merge_id), actor=SYSTEM)


def test_an_erased_customer_is_not_merged(db):
    one, other = make_customer(), make_customer()
    people.erase_customer(other, actor=SYSTEM, reason="asked")
    db.commit()
    with pytest.raises(actions.CannotMerge):
        make_one(one, other)


def test_the_event_says_who_was_merged(db):
    one, other = make_customer(), make_customer()
    winner_id, loser_id = one.person_id, str(other.person_id)
    make_one(one, other)
    event = db.scalars(select(Event).where(Event.type == "customer.merged")).one()
    assert (event.subject_id, event.payload["merged"]) == (winner_id, [loser_id])


def test_every_table_that_refers_to_people_can_follow(db):
    columns = {(one.table, one.column) for one in following.followers()}
    known = {("receipts", "customer_id"), ("transactions", "customer_id"), ("record_tags", "record_id")}
    assert known | {("chats", "sender_id"), ("events", "subject_id")} <= columns
    assert all(one.key for one in following.followers())


def test_the_books_change_whose_they_are_only_within_a_merge(db):
    sell(make_customer())
    other = make_customer().person_id
    with pytest.raises(Exception, match="never changed"):
        db.execute(text("UPDATE transactions SET customer_id = :id"), {"id": other})
    db.rollback()
    db.execute(text("SELECT set_config('app.merge_id', 'x', true)"))
    with pytest.raises(Exception, match="never changed"):
        db.execute(text("UPDATE transactions SET amount_minor = 1"))
    db.rollback()


def test_a_sale_to_whom_a_merge_takes_away_is_refused_as_a_conflict(app, db):
    """The merge is not committed yet when the sale finds its customer, and is when the sale is written."""
    winner, loser, product = make_customer(), make_customer(), make_product()
    program = Program(app, make_key(make_employee("admin")))
    is_merged = threading.Event()

    def merge() -> None:
        with app.app_context():
            ids = [winner.person_id, loser.person_id]
            actions.merge(ids, winner_id=winner.person_id, chosen={}, actor=SYSTEM)
            is_merged.set()
            time.sleep(1)
            database.session.commit()

    merging = threading.Thread(target=merge)
    merging.start()
    is_merged.wait(10)
    sold = {"customer_id": str(loser.person_id), "lines": [{"product_id": str(product.product_id), "quantity": 1}]}
    answer = program.post("/transactions", sold)
    merging.join()
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert db.scalars(select(Receipt)).all() == []


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.long])])
def test_64_merges_at_once_lose_nothing(app, db, rounds):
    """Overlapping sets of twelve customers, merged at once while others sell to them; then all undone."""
    product_id = make_product(price_minor=1000).product_id
    dice = Random(7)

    def sell_to(some: list[UUID]) -> None:
        customer = database.session.get(Customer, some[1])
        if customer is None:
            raise NotFound
        try:
            sales.record_sale(customer, [sales.SaleLine(product_id)], actor=SYSTEM)
        except IntegrityError:  # merged between the look and the sale
            raise NotFound from None

    def merge(some: list[UUID]) -> None:
        actions.merge(some, winner_id=some[0], chosen={"phone": some[-1]}, actor=SYSTEM)

    for _round in range(rounds):
        ids = [make_customer(phone=f"+4420794600{n:02d}").person_id for n in range(12)]
        for one in ids:
            sell(db.get(Customer, one))
        work = iter([(kind, dice.sample(ids, dice.randint(2, 5))) for _n in range(32) for kind in (merge, sell_to)])

        def do_next(work=work) -> None:
            kind, some = next(work)
            kind(some)

        outcomes = in_parallel(app, 64, do_next)
        assert set(outcomes) <= {"done", "NotFound", "Invalid"}, set(outcomes)
        db.rollback()
        left = set(db.scalars(text("SELECT person_id FROM customers WHERE person_id = ANY (:ids)"), {"ids": ids}))
        assert 0 < len(left) < len(ids)
        assert all(queries.find_winner(one) in left for one in set(ids) - left)
        receipts = text("SELECT count(*), sum(total_minor) FROM receipts WHERE customer_id = ANY (:ids)")
        count, total = db.execute(receipts, {"ids": list(left)}).one()
        everywhere = db.scalar(text("SELECT count(*) FROM receipts"))
        assert total == count * 1000
        lines = text("SELECT count(*) FROM transactions WHERE customer_id = ANY (:ids)")
        assert db.scalar(lines, {"ids": list(left)}) == count
        for merge_id in db.scalars(
            select(Merge.merge_id).where(Merge.undone_at.is_(None)).order_by(Merge.at.desc())
        ).all():
            assert actions.undo(db.get(Merge, merge_id), actor=SYSTEM) == []
            db.commit()
        assert db.scalar(text("SELECT count(*) FROM receipts")) == everywhere
        assert db.scalar(receipts.columns(), {"ids": ids}) == count
        there = text("SELECT count(*) FROM customers WHERE person_id = ANY (:ids)")
        assert db.scalar(there, {"ids": ids}) == len(ids)


def test_a_merge_stands_among_the_changes_with_its_own_undo(db, browser):
    ada, bea = make_customer(last_name="Ada"), make_customer(last_name="Bea")
    manager = make_employee("manager")
    page = browser(manager)
    made = actions.merge(
        [ada.person_id, bea.person_id], winner_id=ada.person_id, chosen={}, actor=actor_for(manager.person_id)
    )
    db.commit()
    listed = page.get("/changes")
    assert "Merged 2 customers into Carla Ada" in listed.text
    assert f'action="{made.undo_path}"' in listed.text
    assert 'href="/customers/merges"' in listed.text
    mention = db.scalars(select(ChangeSet)).one()
    assert page.post(f"/changes/{mention.change_set_id}/undo").status_code == 409
    assert page.post(made.undo_path).status_code == 303
    assert f'action="{made.undo_path}"' not in page.get("/changes").text
    assert "Undone" in page.get("/changes").text
