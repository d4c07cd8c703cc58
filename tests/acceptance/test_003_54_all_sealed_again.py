"""003-54: after a change of the data key nothing needs the old one any more, wherever it was sealed."""

import base64
import re

import pytest
from sqlalchemy import select, text

from app.companies.models import Company
from app.core.access import SYSTEM
from app.core.crypto import CannotDecrypt, keyring
from app.engine.changes import actions as changes
from app.engine.changes.models import ChangeSet
from app.engine.custom_fields import actions as fields
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.kinds import KINDS
from app.people import actions as people
from app.people.duplicates import actions as duplicates
from app.people.duplicates.models import Merge
from app.people.models import Customer
from app.products.models import Product
from tests.factories import make_company, make_employee, make_key, make_product

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32
LEFT_ALONE = {"audit_log"}  # the trail is never written again, and nobody opens what is sealed there


@pytest.fixture(autouse=True)
def keys(config):
    """Begin with the old key; end with the one of all tests."""
    keyring.load(OLD, (), INDEX)
    yield
    keyring.load(config.data_key, config.old_data_keys, config.blind_index_key)


@pytest.fixture
def shop(app, db):
    """Sealed values of every sort, in records and in what undo, merges, the trail and the API keep of them."""
    for kind in ("customer", "product", "company"):
        for label in ("Passport", "Gone"):
            wanted = fields.FieldDetails(label, "text", is_sensitive=True, is_unique=label == "Passport")
            made = fields.add_field(KINDS[kind], wanted, actor=SYSTEM)
    db.commit()
    definitions.refresh()
    cast = {name: _customer(db, name) for name in ("Ada", "Bea", "Cleo")}
    ids = [cast["Bea"].person_id, cast["Cleo"].person_id]
    cast["lamp"], cast["lotus"] = make_product(), make_company()
    for kind, key in (("product", "lamp"), ("company", "lotus")):
        record = cast[key]
        record.custom = values.put(kind, getattr(record, f"{kind}_id"), {}, {"passport": "L1", "gone": "G1"})
    db.commit()
    edit = changes.begin("Edited Ada", kind="edit", actor=SYSTEM)
    people.edit_customer(cast["Ada"], {"custom.passport": "A2", "phone": "+442079460009"}, actor=SYSTEM)
    db.commit()
    merge = duplicates.merge(ids, winner_id=ids[0], chosen={"phone": ids[1]}, actor=SYSTEM)
    fields.archive_field(made, actor=SYSTEM)
    db.commit()
    keys = {"lamp": cast["lamp"].product_id, "lotus": cast["lotus"].company_id}
    keys |= {name: cast[name].person_id for name in ("Ada", "Bea", "Cleo")}
    return keys | {"edit": edit.change_set_id, "merge": merge.merge_id}


def _customer(db, name):
    made = people.register_customer(
        people.CustomerDetails(last_name=name, phone=f"+44207946010{len(name)}", address=f"{name} Street"),
        actor=SYSTEM,
        custom={"passport": f"{name}-1", "gone": "G1"},
    )
    db.commit()
    return made


def opened(kind, record, record_id):
    return {key: values.plain(definitions.find(kind, key), record_id, record.custom) for key in record.custom}


def where_old_is_left(db):
    """Every table with something that begins with the old key's id, as bytes or in JSON."""
    db.rollback()
    keyring.load(OLD, (), INDEX)
    words, raw = re.escape(base64.b64encode(keyring.current_id).decode()[:5]), keyring.current_id.hex()
    tables = db.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    )
    pattern = rf'(sealed"": ""{words}|"sealed": "{words}|\\x{raw})'
    return {
        table
        for table in tables.all()
        if not table.startswith(tuple(LEFT_ALONE))
        and db.scalar(
            text(f"SELECT EXISTS (SELECT FROM ONLY {table} t WHERE t::text ~ :it)"),
            {"it": pattern.replace("\\", "\\\\")},
        )
    }


def test_everything_is_sealed_again_and_opens_with_the_new_key_alone(app, db, shop, browser):
    assert where_old_is_left(db) >= {"customers", "products", "companies", "changed_rows", "merges", "merged_people"}
    keyring.load(NEW, (OLD,), INDEX)
    command = app.test_cli_runner()
    assert command.invoke(args=["reseal", "--check"]).exit_code == 1
    done = command.invoke(args=["reseal"])
    assert done.exit_code == 0, done.output
    left = command.invoke(args=["reseal", "--check"])
    assert left.exit_code == 0, left.output
    assert where_old_is_left(db) == set()
    keyring.load(NEW, (), INDEX)
    ada = db.get(Customer, shop["Ada"])
    assert (ada.phone, ada.address) == ("+442079460009", "Ada Street")
    assert opened("customer", ada, shop["Ada"]) == {"passport": "A2", "gone": "G1"}
    assert opened("product", db.get(Product, shop["lamp"]), shop["lamp"]) == {"passport": "L1", "gone": "G1"}
    assert opened("company", db.get(Company, shop["lotus"]), shop["lotus"]) == {"passport": "L1", "gone": "G1"}
    browser(make_employee("manager")).post(f"/changes/{shop['edit']}/undo")
    db.expire_all()
    assert (ada.phone, opened("customer", ada, shop["Ada"])["passport"]) == ("+442079460103", "Ada-1")
    duplicates.undo(db.get(Merge, shop["merge"]), actor=SYSTEM)
    db.commit()
    cleo = db.get(Customer, shop["Cleo"])
    assert (cleo.phone, cleo.address) == ("+442079460104", "Cleo Street")
    assert opened("customer", cleo, shop["Cleo"]) == {"passport": "Cleo-1", "gone": "G1"}
    assert db.get(Customer, shop["Bea"]).phone == "+442079460103"


def test_without_it_the_new_key_opens_nothing(db, shop):
    keyring.load(NEW, (), INDEX)
    lamp = db.scalars(select(Product)).one()
    with pytest.raises(CannotDecrypt):
        opened("product", lamp, shop["lamp"])
    assert db.get(ChangeSet, shop["edit"])


def test_new_indexes_are_taken_by_unique_values_too(app, db, shop):
    keyring.load(OLD, (), b"x" * 32)
    assert app.test_cli_runner().invoke(args=["reseal", "--everything"]).exit_code == 0
    field = definitions.find("customer", "passport")
    keys = set(db.scalars(text("SELECT value_key FROM custom_unique WHERE field_id = :id"), {"id": field.field_id}))
    assert values.blind_index(field, "A2") in keys


def test_answers_kept_for_programs_are_repeated(app, db, shop):
    from tests.api.conftest import Program

    program = Program(app, make_key(make_employee("admin")))
    once = {"Idempotency-Key": "one"}
    first = program.post("/customers", {"last_name": "Dora"}, headers=once)
    keyring.load(NEW, (OLD,), INDEX)
    assert app.test_cli_runner().invoke(args=["reseal"]).exit_code == 0
    keyring.load(NEW, (), INDEX)
    assert program.post("/customers", {"last_name": "Dora"}, headers=once).json == first.json
