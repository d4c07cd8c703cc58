"""Codes and bands: given by rules of one's own, asked for in filters, counted in both back ends alike."""

import json
import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Invalid, NotAllowed
from app.engine.codes import actions, fields, queries
from app.engine.codes.models import Code, CodeRule, CodeValue
from app.engine.events.models import Event
from app.engine.filters import facts, memory, sql, tree
from app.engine.filters.access import check
from app.engine.filters.queries import here_and_now
from app.people import actions as people
from app.people.models import Customer
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def source(app):
    return fields.get("customer.source")


def code(standard, typed, label, how="exact"):
    rule = actions.add_rule(standard, typed, label, how=how, actor=SYSTEM)
    database.session.commit()
    return rule


def asked(key, *values, op="in"):
    return {"f": key, "op": op, **({"v": list(values)} if values else {})}


def found(where, entity="customer"):
    """Who passes, asked of both back ends at once."""
    wanted, moment = tree.read(entity, where), here_and_now()
    by_sql = set(database.session.scalars(sql.ids(wanted, moment)))
    everybody = database.session.scalars(select(wanted.entity.id)).all()
    by_memory = {one for one in everybody if memory.evaluate(wanted, facts.fetch(wanted, one, moment), moment).holds}
    assert by_sql == by_memory
    return by_sql


def test_case_and_accents_do_not_matter_and_the_whole_text_comes_first(db, source):
    texts = ("Café Nord", "CAFE NORD ", "the cafe nord fair", "Nord", "")
    people_ = {one: make_customer(source=one).person_id for one in texts}
    code(source, "nord", "North", "contains")
    code(source, "cafe nord", "Café")
    assert found(asked("source_code", "cafe")) == {people_["Café Nord"], people_["CAFE NORD "]}
    assert found(asked("source_code", "north")) == {people_["the cafe nord fair"], people_["Nord"]}
    assert found(asked("source_code", op="empty")) == {people_[""]}


def test_a_new_text_is_coded_when_it_was_written(db, source, work):
    code(source, "insta", "Social", "contains")
    db.execute(text("INSERT INTO customers (last_name, source) VALUES ('B', 'insta ad')"))
    by_action = people.register_customer(people.CustomerDetails(last_name="A"), actor=SYSTEM, source="Instagram")
    db.commit()
    work()
    assert len(found(asked("source_code", "social"))) == 2
    people.erase_customer(by_action, actor=SYSTEM, reason="asked")
    db.commit()
    assert len(found(asked("source_code", "social"))) == 1


def test_rules_may_change_and_nothing_is_written_to_customers(db, source):
    customer = make_customer(source="Web")
    version = customer.version
    rule = code(source, "web", "Online")
    assert code(source, "WEB", "Site").rule_id == rule.rule_id
    assert found(asked("source_code", "site")) == {customer.person_id}
    actions.remove_rule(source, rule.rule_id, actor=SYSTEM)
    db.commit()
    assert found(asked("source_code", op="filled")) == set()
    assert db.scalars(select(Code.key).where(Code.key == "site")).all() == []
    assert db.scalar(select(Customer.version)) == version


def test_a_renamed_code_keeps_its_key(db, source):
    customer = make_customer(source="Web")
    code(source, "web", "Online")
    actions.rename_code(source, "online", "On the net", actor=SYSTEM)
    assert fields.choices(source) == [("online", "On the net")]
    assert found(asked("source_code", "online")) == {customer.person_id}
    code(source, "shop", "Shop")
    with pytest.raises(Invalid):
        actions.rename_code(source, "shop", "ON THE NET", actor=SYSTEM)


@pytest.mark.parametrize(
    ("typed", "label", "how"),
    [
        ("", "A", "exact"),
        ("x" * 501, "A", "exact"),
        ("a", "", "exact"),
        ("a", "x" * 61, "exact"),
        ("a", "A", "like"),
        ("a\x00", "A", "exact"),
        ("  ", "A", "contains"),
    ],
)
def test_bad_rules_are_refused(db, source, typed, label, how):
    with pytest.raises(Invalid):
        actions.add_rule(source, typed, label, how=how, actor=SYSTEM)


def test_wildcards_are_letters(db, source):
    make_customer(source="anything")
    code(source, "%", "Percent", "contains")
    code(source, "_______ing", "Blank", "contains")
    assert found(asked("source_code", op="filled")) == set()


def test_two_who_code_the_same_text_at_once_leave_one_rule(app, db, source):
    make_customer(source="Web")
    start, refused = threading.Barrier(2, timeout=10), []

    def act(label):
        with app.app_context():
            start.wait()
            try:
                actions.add_rule(source, "web", label, how="exact", actor=SYSTEM)
                database.session.commit()
            except SQLAlchemyError as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=act, args=(label,)) for label in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refused == []
    assert len(db.scalars(select(CodeRule)).all()) == 1


def test_bands_are_asked_for_and_changed(db):
    never, once, much = make_customer(), make_customer(), make_customer()
    product = make_product(price_minor=30_000)
    sales.record_sale(once, [SaleLine(make_product(price_minor=100).product_id)], actor=SYSTEM)
    for _sale in range(2):
        sold = sales.record_sale(much, [SaleLine(product.product_id)], actor=SYSTEM)
    db.commit()
    assert found(asked("spend_band", "none")) == {never.person_id}
    assert found(asked("spend_band", "small")) == {once.person_id}
    assert found(asked("spend_band", "large")) == {much.person_id}
    assert found(asked("purchases_band", "some")) == {much.person_id}
    sales.refund(sold, None, reason="too much", actor=SYSTEM)
    actions.set_bands(fields.get("customer.spent"), [(30_000, "500 or more"), (5, "Some")], actor=SYSTEM)
    db.commit()
    assert found({"all": [asked("spend_band", "large"), asked("purchases_band", "some")]}) == {much.person_id}
    assert found({"not": asked("spend_band", "some")}) == {never.person_id, much.person_id}
    assert found(asked("spend_band", op="empty")) == {never.person_id}
    actions.set_bands(fields.get("customer.spent"), [], actor=SYSTEM)
    assert found(asked("spend_band", "none")) == {never.person_id}


@pytest.mark.parametrize("bands", [[(1, "A"), (1, "B")], [(1, "A"), (2, "a")], [(1, "")], [(2**63, "A")]])
def test_bad_bands_are_refused(db, bands):
    with pytest.raises(Invalid):
        actions.set_bands(fields.get("customer.spent"), bands, actor=SYSTEM)


def test_who_may_not_see_sales_may_not_ask_what_was_spent(db):
    agent = make_employee()
    from app.accounts import sign_ins

    actor = sign_ins.actor_for(agent.person_id)
    del actor.grants["transactions.read"]
    with pytest.raises(NotAllowed):
        check(actor, tree.read("customer", asked("spend_band", "large")))


def test_customers_are_found_by_what_they_wrote_about(db):
    carla = make_customer()
    make_channel(carla, topic="Where is my PARCEL?")
    make_channel(topic="Hello")
    code(fields.get("conversation.topic"), "parcel", "Delivery", "contains")
    where = {"agg": "count", "of": "conversations", "where": asked("topic_code", "delivery"), "op": "ge", "v": 1}
    assert found(where) == {carla.person_id}


def test_all_registered_fields_answer_in_both_back_ends(db):
    make_channel(make_customer(source="Web"), owner=make_employee(position="Clerk"))
    for standard in fields.STANDARDS.values():
        for key, _label in [*fields.choices(standard), ("gone", "")]:
            found(asked(standard.filter_key, key), standard.entity.key)


def test_the_overview_asks_little(db, browser):
    clerk = browser(make_employee("admin"))
    with counted() as sent:
        shown = text_of(clerk.get("/data-quality"))
    assert len(sent) <= 8, sent
    assert all(standard.label in shown for standard in fields.STANDARDS.values())


def test_every_coded_field_learns(db):
    triggers = set(db.scalars(text("SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgname LIKE 'learn_%'")))
    learnt = {arguments.split("\\000")[0] for arguments in triggers}
    assert learnt == {standard.key for standard in fields.STANDARDS.values() if not standard.is_banded}


def test_quality_counts(db, source):
    for typed in ("Web", "Web", "Fair", ""):
        make_customer(source=typed)
    code(source, "web", "Online")
    (quality,) = queries.list_quality([source])
    assert (quality.rows, quality.filled, quality.coded, quality.by_code) == (4, 3, 2, {"online": 2})
    assert quality.uncoded_share == pytest.approx(1 / 3)
    assert queries.list_uncoded(source) == [queries.Uncoded("Fair", 1)]
    assert ("rapport_uncoded_values", "Different texts without a code", {"field": "customer.source"}, 1) in list(
        queries.collect()
    )


def test_what_an_erased_customer_wrote_is_forgotten(db, work):
    carla = make_customer(source="Carla’s sister")
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    assert db.scalars(select(CodeValue.value).where(CodeValue.value.like("Carla%"))).all() == []


def test_many_texts_are_coded_by_a_job(db, source, work, monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    people_ = {make_customer(source=one).person_id for one in ("Web", "Web page")}
    code(source, "web", "Online", "contains")
    assert found(asked("source_code", "online")) == set()
    work()
    assert found(asked("source_code", "online")) == people_


def test_texts_written_past_the_trigger_are_learnt_by_coding_afresh(db, source):
    db.execute(text("SET LOCAL session_replication_role = replica"))
    customer = make_customer(source="Web")
    code(source, "web", "Online")
    assert found(asked("source_code", "online")) == set()
    actions.recode_all()
    assert found(asked("source_code", "online")) == {customer.person_id}


def test_the_command_prints_each_field(app, db, source):
    make_customer(source="Fair")
    printed = app.test_cli_runner().invoke(args=["data-quality"]).output
    line = next(line for line in printed.splitlines() if line.startswith("customer.source"))
    assert "100.0%" in line
    assert "“Fair” 1" in line


def test_one_click_codes_a_text(browser, db, source):
    make_customer(source="Fair")
    page = browser(make_employee("admin"))
    assert "Data quality" in page.get("/data-quality").text
    shown = page.get("/data-quality/customer.source")
    assert 'value="Fair"' in shown.text
    page.post("/data-quality/customer.source/rules", {"text": "Fair", "label": "Fair", "how": "exact"})
    after = page.get("/data-quality/customer.source")
    assert "0.0% not coded" in text_of(after)
    link = page.get("/customers", query_string={"where": json.dumps(asked("source_code", "fair"))})
    assert "Source is Fair" in text_of(link)
    (event,) = db.scalars(select(Event).where(Event.type == "codes.changed"))
    assert event.payload == {"field": "customer.source"}
    kept = db.execute(text("SELECT DISTINCT table_name FROM audit_log WHERE table_name LIKE 'code%'"))
    assert {row[0] for row in kept} == {"codes", "code_rules"}


def test_bands_are_edited_on_their_page(browser, db):
    page = browser(make_employee("admin"))
    assert "Up to 100" in text_of(page.get("/data-quality/customer.spent"))
    data = {"floor": ["0", "12.50", ""], "label": ["Little", "Much", ""]}
    assert page.post("/data-quality/customer.spent/bands", data).status_code == 303
    assert [span.floor for span in fields.spans(fields.get("customer.spent"))] == [0, 1250]
    wrong = page.post("/data-quality/customer.spent/bands", {"floor": ["much"], "label": ["Much"]})
    assert wrong.status_code == 422
    assert "is no number" in text_of(wrong)


def test_only_admins_keep_codes(browser, db):
    for role in ("agent", "manager"):
        page = browser(make_employee(role))
        assert page.get("/data-quality").status_code == 403
        assert page.post("/data-quality/customer.source/rules", {"text": "a", "label": "A"}).status_code == 403


def test_a_field_that_is_none_is_not_found(browser, db):
    assert browser(make_employee("admin")).get("/data-quality/customer.shoe").status_code == 404
