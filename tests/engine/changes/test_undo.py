"""Undo gives back what was, and keeps what others did since."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts.sign_ins import actor_for
from app.core.db import db as database
from app.core.errors import NotAllowed
from app.engine.changes import actions as changes
from app.engine.changes import queries
from app.engine.changes import undoing as undoing_rows
from app.engine.changes.models import ChangedRow, ChangeSet, KeptRow
from app.people import actions as people
from app.people.models import Customer
from app.products import actions as products
from app.products.models import Product
from tests.factories import make_channel, make_customer, make_employee, make_product
from tests.people.test_inheritance import together


@pytest.fixture
def alice(app):
    person = make_employee("manager", first_name="Alice")
    return actor_for(person.person_id)


def edited(customer, actor, **values) -> ChangeSet:
    change_set = changes.begin(f"Edited {customer.name}", kind="edit", actor=actor)
    people.edit_customer(customer, values, actor=actor)
    return change_set


def test_an_edit_is_given_back(db, alice):
    carla = make_customer(first_name="Carla", phone="+442079460000", country="GB")
    change_set = edited(carla, alice, first_name="Karla", phone="+442079461111", country="DE")
    db.commit()
    undoing = changes.undo(change_set, actor=alice)
    db.commit()
    assert (carla.first_name, carla.phone, carla.country) == ("Carla", "+442079460000", "GB")
    assert change_set.undone_by == alice.id
    assert undoing.rows_changed == 1
    assert queries.count_rows(undoing) == {"update": 1}


def test_what_is_given_back_is_another_version(db, alice):
    """Whoever read the row before the undo must not write over it unseen."""
    product = make_product(price_minor=1000)
    change_set = changes.begin("Edited a product", kind="edit", actor=alice)
    products.edit_product(product, {"price_minor": 1200}, actor=alice)
    db.commit()
    seen = product.version
    changes.undo(change_set, actor=alice)
    db.commit()
    assert (product.price_minor, product.version) == (1000, seen + 1)


def test_undoing_an_undo_does_it_again(db, alice):
    carla = make_customer(country="GB")
    undoing = changes.undo(edited(carla, alice, country="DE"), actor=alice)
    db.commit()
    changes.undo(undoing, actor=alice)
    db.commit()
    assert carla.country == "DE"


def test_what_somebody_touched_since_is_kept_and_named(db, alice):
    bob = actor_for(make_employee("agent", first_name="Bob").person_id)
    carla, dora = make_customer(country="GB"), make_customer(country="GB")
    change_set = changes.begin("Moved two to Germany", kind="edit", actor=alice)
    people.edit_customer(carla, {"country": "DE"}, actor=alice)
    people.edit_customer(dora, {"country": "DE"}, actor=alice)
    db.commit()
    people.edit_customer(dora, {"country": "FR"}, actor=bob)
    db.commit()
    changes.undo(change_set, actor=alice)
    db.commit()
    assert (carla.country, dora.country) == ("GB", "FR")
    kept = db.scalars(select(KeptRow)).one()
    assert (kept.record_id, kept.why, kept.detail) == (dora.person_id, "touched", "country")


def test_what_was_created_is_removed_unless_somebody_refers_to_it(db, alice):
    change_set = changes.begin("Added two", kind="add", actor=alice)
    carla = people.register_customer(people.CustomerDetails(last_name="Reed"), actor=alice)
    dora = people.register_customer(people.CustomerDetails(last_name="Dane"), actor=alice)
    db.commit()
    make_channel(dora)
    gone, stays = carla.person_id, dora.person_id
    undoing = changes.undo(change_set, actor=alice)
    db.commit()
    assert db.get(Customer, gone) is None
    assert db.get(Customer, stays) is not None
    kept = db.scalars(select(KeptRow)).one()
    assert (kept.record_id, kept.why) == (stays, "referred")
    changes.undo(undoing, actor=alice)
    db.commit()
    assert db.get(Customer, gone).last_name == "Reed"


def test_what_was_deleted_comes_back(db, alice, browser):
    product = make_product()
    change_set = changes.begin("Deleted a candle", kind="delete", actor=alice)
    name = product.name
    db.delete(product)
    db.commit()
    changes.undo(change_set, actor=alice)
    db.commit()
    assert db.scalars(select(Product.name)).all() == [name]


def test_what_would_break_a_rule_is_kept_and_named(db, alice):
    ada, ben = make_product(sku="A"), make_product(sku="B")
    change_set = changes.begin("New numbers", kind="edit", actor=alice)
    products.edit_product(ada, {"sku": "A2"}, actor=alice)
    products.edit_product(ben, {"sku": "B2"}, actor=alice)
    db.commit()
    make_product(sku="A")
    changes.undo(change_set, actor=alice)
    db.commit()
    assert (ada.sku, ben.sku) == ("A2", "B")
    assert db.scalars(select(KeptRow.detail)).all() == ["uq_products_sku"]


def test_what_stood_in_the_way_of_a_row_goes_first(db, alice):
    ada, ben = make_product(sku="A"), make_product(sku="B")
    change_set = changes.begin("Moved on", kind="edit", actor=alice)
    products.edit_product(ada, {"sku": "C"}, actor=alice)
    products.edit_product(ben, {"sku": "A"}, actor=alice)
    db.commit()
    changes.undo(change_set, actor=alice)
    db.commit()
    assert (ada.sku, ben.sku) == ("A", "B")
    assert db.scalars(select(KeptRow)).all() == []


def test_only_who_made_it_or_may_undo_any(db, alice):
    carla = make_customer(country="GB")
    change_set = edited(carla, alice, country="DE")
    db.commit()
    agent = actor_for(make_employee("agent").person_id)
    with pytest.raises(NotAllowed):
        changes.undo(change_set, actor=agent)
    manager = actor_for(make_employee("manager").person_id)
    changes.undo(change_set, actor=manager)
    assert carla.country == "GB"


def test_twice_at_once_is_done_once(app, db, alice):
    carla = make_customer(country="GB")
    change_set = edited(carla, alice, country="DE")
    change_set_id = change_set.change_set_id
    db.commit()
    outcomes: list[str] = []

    def undo() -> None:
        with app.app_context():
            try:
                changes.undo(database.session.get_one(ChangeSet, change_set_id), actor=alice)
                database.session.commit()
                outcomes.append("done")
            except changes.NotUndoable:
                outcomes.append("refused")

    together(*[undo] * 4)
    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
    db.refresh(carla)
    assert carla.country == "GB"


def test_beside_an_edit_one_of_both_wins_and_nothing_is_lost(app, db, alice):
    for _round in range(10):
        carla = make_customer(country="GB")
        change_set = edited(carla, alice, country="DE")
        person_id, change_set_id = carla.person_id, change_set.change_set_id
        db.commit()

        def edit(person_id=person_id) -> None:
            with app.app_context():
                statement = text("UPDATE customers SET country = 'FR' WHERE person_id = :id")
                database.session.execute(statement, {"id": person_id})
                database.session.commit()

        def undo(change_set_id=change_set_id) -> None:
            with app.app_context():
                changes.undo(database.session.get_one(ChangeSet, change_set_id), actor=alice)
                database.session.commit()

        together(edit, undo)
        db.refresh(carla)
        assert carla.country == "FR"


def test_a_large_one_is_undone_by_a_job_in_steps(db, alice, work, monkeypatch):
    monkeypatch.setattr(changes, "AT_ONCE", 3)
    monkeypatch.setattr(undoing_rows, "AT_ONCE", 2)
    customers = [make_customer(country="GB") for _ in range(5)]
    change_set = changes.begin("Moved all", kind="edit", actor=alice)
    for customer in customers:
        people.edit_customer(customer, {"country": "DE"}, actor=alice)
    db.commit()
    undoing = changes.undo(change_set, actor=alice)
    db.commit()
    with pytest.raises(changes.NotUndoable):
        changes.undo(undoing, actor=alice)
    db.rollback()
    work()
    db.expire_all()
    assert {customer.country for customer in customers} == {"GB"}
    assert undoing.rows_changed == 5


def test_an_erased_person_leaves_nothing_here(db, alice):
    carla = make_customer(first_name="Carla")
    edited(carla, alice, first_name="Karla")
    db.commit()
    people.erase_customer(carla, actor=alice, reason="asked")
    db.commit()
    assert db.scalars(select(ChangedRow)).all() == []


def test_a_month_later_it_is_forgotten(db, alice):
    change_set = edited(make_customer(country="GB"), alice, country="DE")
    db.flush()
    change_set.at -= timedelta(days=31)
    db.commit()
    assert changes.forget_old() == 1
    db.commit()
    assert db.scalars(select(ChangedRow)).all() == []


def test_a_large_one_is_forgotten_in_steps(db, alice, monkeypatch):
    """No statement removes more rows than it has time for."""
    monkeypatch.setattr(changes, "ROWS_AT_ONCE", 2)
    ada, carla, dora = (make_customer(country="GB") for _ in range(3))
    change_set = changes.begin("Moved", kind="edit", actor=alice)
    for customer in (ada, carla, dora):
        people.edit_customer(customer, {"country": "DE"}, actor=alice)
    change_set.at -= timedelta(days=31)
    db.commit()
    rows = len(db.scalars(select(ChangedRow)).all())
    assert changes.forget_old() == 0
    db.commit()
    assert len(db.scalars(select(ChangedRow)).all()) == rows - 2
    assert not db.get(ChangeSet, change_set.change_set_id, populate_existing=True).undo_path
    while not changes.forget_old():
        db.commit()
    assert [*db.scalars(select(ChangeSet)), *db.scalars(select(ChangedRow))] == []


def test_what_was_undone_later_is_forgotten_with_it(db, alice):
    change_set = edited(make_customer(country="GB"), alice, country="DE")
    changes.undo(changes.undo(change_set, actor=alice), actor=alice)
    change_set.at -= timedelta(days=31)
    db.commit()
    assert changes.forget_old() == 3
    db.commit()
    assert [*db.scalars(select(ChangeSet)), *db.scalars(select(ChangedRow))] == []


def test_without_a_change_set_nothing_is_kept(db, alice):
    people.edit_customer(make_customer(), {"country": "DE"}, actor=alice)
    db.commit()
    assert db.scalars(select(ChangedRow)).all() == []
