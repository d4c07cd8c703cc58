"""Tagging records, and keeping tags in order."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.engine.changes.models import ChangeSet
from app.engine.filters import facts, memory, sql, tree, words
from app.engine.filters.queries import here_and_now
from app.engine.records.kinds import get_record
from app.engine.tags import actions, queries, undone
from app.engine.tags.models import RecordTag, Tag
from app.engine.views import actions as views
from app.engine.views.models import SavedView
from app.people import actions as people
from app.people.models import Customer
from app.segments import actions as segments
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


def tagged(person, *names):
    record = get_record(SYSTEM, "customer", person.person_id)
    found = [actions.tag_record(record, name, actor=SYSTEM) for name in names]
    return found[0] if len(found) == 1 else found


def asking(operator, *tags):
    asked = {"f": "tags", "op": operator}
    return {**asked, "v": [str(tag.tag_id) for tag in tags]} if tags else asked


def found(db, where):
    db.flush()
    return set(db.scalars(sql.ids(tree.read("customer", where), here_and_now())))


def names_on(person):
    return [tag.name for tag in queries.tags_of("customer", person.person_id)]


@pytest.fixture
def agent(db):
    return make_employee()


def test_a_name_is_one_tag_whatever_its_case_and_accents(db):
    ada, bob = make_customer(), make_customer()
    assert tagged(ada, "Café") is tagged(bob, "  CAFE ")
    tagged(ada, "café")
    assert names_on(ada) == ["Café"]
    assert db.scalar(select(func.count()).select_from(RecordTag)) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b", "bell\x07"])
def test_what_is_no_name_is_refused(db, name):
    with pytest.raises(Invalid):
        tagged(make_customer(), name)
    assert db.scalars(select(Tag)).all() == []


def test_many_names_are_made_at_once(db):
    tagged(make_customer(), "VIP")
    with counted() as statements:
        made = actions.make_tags(["vip", "New", "new ", "Old"])
    assert [made[name].name for name in ("vip", "New", "new ", "Old")] == ["VIP", "New", "New", "Old"]
    assert len(statements) <= 4


def test_chips_are_added_and_removed_on_the_page(browser, agent, db):
    ada = make_customer()
    page = browser(agent)
    at = f"/records/customer/{ada.person_id}/tags"
    answer = page.post(at, {"name": "VIP"})
    assert answer.headers["Location"] == f"/customers/{ada.person_id}"
    assert "Remove tag: VIP" in page.follow(answer).get_data(as_text=True)
    fragment = page.post(at, {"name": "", "chosen": "Regular"}, fragment=True)
    assert "VIP" in text_of(fragment)
    assert "Regular" in text_of(fragment)
    vip = queries.get_tag_named("vip")
    page.post(f"{at}/{vip.tag_id}/delete", fragment=True)
    assert names_on(ada) == ["Regular"]
    assert page.post(at, {"name": " "}, fragment=True).status_code == 422
    assert "Enter a name" in text_of(page.post(at, {"name": " "}))


def test_who_may_not_edit_a_record_does_not_tag_it(browser, db):
    product = make_product()
    at = f"/records/product/{product.product_id}/tags"
    assert browser(make_employee()).post(at, {"name": "VIP"}).status_code == 404
    assert browser(make_customer()).post(at, {"name": "VIP"}).status_code == 404
    assert browser(make_employee("manager")).post(at, {"name": "VIP"}).status_code == 303


def test_suggestions_leave_out_what_is_there(browser, agent, db):
    ada, bob = make_customer(), make_customer()
    tagged(ada, "Regular")
    tagged(bob, "Regional", "Très régulier")
    db.commit()
    page = browser(agent).get(f"/records/customer/{ada.person_id}/tags/suggestions?name=reg", fragment=True)
    assert text_of(page) == "Regional Très régulier"


def test_both_back_ends_answer_alike(db):
    ada, bob, eve = make_customer(), make_customer(), make_customer()
    vip, old = tagged(ada, "VIP", "Old")
    tagged(bob, "Old")
    for where, expected in (
        (asking("in", vip), {ada}),
        (asking("in", vip, old), {ada, bob}),
        (asking("not_in", vip), {bob, eve}),
        (asking("filled"), {ada, bob}),
        (asking("empty"), {eve}),
        ({"not": asking("in", old)}, {eve}),
        ({"any": [asking("in", vip), asking("empty")]}, {ada, eve}),
    ):
        assert found(db, where) == {one.person_id for one in expected}, where
        wanted, moment = tree.read("customer", where), here_and_now()
        for one in (ada, bob, eve):
            known = facts.fetch(wanted, one.person_id, moment)
            assert memory.evaluate(wanted, known, moment).holds == (one in expected), where


def test_a_filter_says_its_tags(db):
    ada = make_customer()
    vip, old = tagged(ada, "VIP", "Old")
    wanted = tree.read("customer", asking("in", vip, old))
    assert words.sentence(wanted, "GBP") == "Tags has any of VIP or Old"
    known = facts.fetch(wanted, ada.person_id, here_and_now())
    assert words.seen(memory.evaluate(wanted, known, here_and_now()), "GBP") in ("VIP, Old", "Old, VIP")


def test_the_list_shows_tags_and_is_narrowed_by_them(browser, agent, db):
    ada, bob = make_customer(last_name="Lovelace"), make_customer(last_name="Babbage")
    vip = tagged(ada, "VIP")
    db.commit()
    page = browser(agent)
    path = "/customers?" + urlencode({"where": json.dumps(asking("in", vip)), "columns": "tags"})
    page.get(path)
    with counted() as statements:
        shown = page.get(path)
    assert "Lovelace" in text_of(shown)
    assert bob.last_name not in text_of(shown)
    assert 'class="chip tag' in shown.get_data(as_text=True)
    assert len(statements) <= 8, statements


def test_many_are_tagged_and_untagged_in_few_statements(db):
    everybody = [make_customer() for _ in range(5)]
    vip = tagged(everybody[0], "VIP")
    db.commit()
    ids = select(Customer.person_id)
    with counted() as statements:
        assert actions.add_to_many(SYSTEM, "customer", ids, vip) == 4
    assert len(statements) <= 4
    assert actions.add_to_many(SYSTEM, "customer", ids, vip) == 0
    has_it = sql.ids(tree.read("customer", asking("in", vip)), here_and_now())
    assert actions.remove_from_many(SYSTEM, "customer", has_it, vip) == 5
    assert names_on(everybody[3]) == []


def test_tags_are_in_the_history_and_segments_follow(db, work, browser, agent):
    ada = make_customer()
    vip = tagged(make_customer(), "VIP")
    segment = segments.create(segments.SegmentDetails("VIPs", asking("in", vip)), actor=SYSTEM)
    db.commit()
    browser(agent).post(f"/records/customer/{ada.person_id}/tags", {"name": "vip"})
    work()
    db.refresh(segment)
    assert segment.member_count == 2
    page = text_of(browser(agent).get(f"/customers/{ada.person_id}"))
    assert f"Tagged by {agent.name}" in page


def test_merged_tags_are_one_and_filters_follow(db, work, browser):
    manager = make_employee("manager")
    ada, bob = make_customer(), make_customer()
    vip, best = tagged(ada, "VIP", "Best")
    tagged(bob, "VIP")
    query = urlencode({"where": json.dumps(asking("in", vip))})
    view = views.save("/customers", query, views.ViewDetails("Mine"), actor=sign_ins.actor_for(manager.person_id))
    segment = segments.create(segments.SegmentDetails("VIPs", asking("in", vip)), actor=SYSTEM)
    view_id, segment_id = view.view_id, segment.segment_id
    db.commit()
    page = browser(manager)
    assert page.post(f"/tags/{vip.tag_id}/merger", {"into": "nothing"}).status_code == 422
    assert page.post(f"/tags/{vip.tag_id}/merger", {"into": "VIP"}).status_code == 422
    assert "merged into Best" in text_of(page.follow(page.post(f"/tags/{vip.tag_id}/merger", {"into": "best"})))
    work()
    db.expire_all()
    assert names_on(ada) == names_on(bob) == ["Best"]
    assert str(best.tag_id) in db.get(SavedView, view_id).query
    assert db.get(segments.Segment, segment_id).member_count == 2


def undo_latest(page, db):
    latest = db.scalars(select(ChangeSet).where(ChangeSet.undone_at.is_(None)).order_by(ChangeSet.at.desc())).first()
    assert page.post(f"/changes/{latest.change_set_id}/undo").status_code in (200, 303)
    db.expire_all()


@pytest.mark.parametrize("heard_first", [True, False])
def test_undoing_a_merge_of_tags_gives_views_and_segments_back(db, work, browser, heard_first):
    manager = make_employee("manager")
    ada, bob = make_customer(), make_customer()
    vip, best = tagged(ada, "VIP", "Best")
    tagged(bob, "VIP")
    query = urlencode({"where": json.dumps(asking("in", vip))})
    view = views.save("/customers", query, views.ViewDetails("Mine"), actor=sign_ins.actor_for(manager.person_id))
    segment = segments.create(segments.SegmentDetails("VIPs", asking("in", best)), actor=SYSTEM)
    other = segments.create(segments.SegmentDetails("Others", asking("in", vip)), actor=SYSTEM)
    view_id, ids = view.view_id, (segment.segment_id, other.segment_id)
    db.commit()
    work()
    page = browser(manager)
    page.post(f"/tags/{vip.tag_id}/merger", {"into": "best"})
    if heard_first:
        work()
        db.expire_all()
        assert str(best.tag_id) in str(db.get(segments.Segment, ids[1]).tree)
        assert [db.get(segments.Segment, one).member_count for one in ids] == [2, 2]
    undo_latest(page, db)
    work()
    db.expire_all()
    assert (names_on(ada), names_on(bob)) == (["Best", "VIP"], ["VIP"])
    assert db.get(SavedView, view_id).query == query
    assert db.get(segments.Segment, ids[1]).tree == asking("in", vip)
    assert [db.get(segments.Segment, one).member_count for one in ids] == [1, 2]


@pytest.mark.parametrize("most", [1_000, 0])
def test_undoing_a_tag_lets_segments_follow(db, work, browser, monkeypatch, most):
    monkeypatch.setattr(undone, "MANY", most)
    ada = make_customer()
    bob = make_customer()
    vip = tagged(bob, "VIP")
    segment = segments.create(segments.SegmentDetails("VIPs", asking("in", vip)), actor=SYSTEM)
    db.commit()
    page = browser(make_employee("manager"))
    page.post(f"/records/customer/{ada.person_id}/tags", {"name": "vip"})
    work()
    undo_latest(page, db)
    work()
    db.expire_all()
    assert segment.member_count == 1
    undo_latest(page, db)
    work()
    db.expire_all()
    assert segment.member_count == 2


def test_tags_are_renamed_and_deleted(db, browser):
    ada = make_customer()
    vip, old = tagged(ada, "VIP", "Old")
    vip_id = vip.tag_id
    db.commit()
    page = browser(make_employee("manager"))
    assert "1 customer" in text_of(page.get("/tags"))
    assert page.post(f"/tags/{old.tag_id}", {"name": "vip", "colour": "3"}).status_code == 422
    assert page.post(f"/tags/{old.tag_id}", {"name": "Older", "colour": "12"}).status_code == 422
    assert page.post(f"/tags/{old.tag_id}", {"name": "Older", "colour": "3"}).status_code == 303
    page.get(f"/tags/{vip_id}")
    page.post(f"/tags/{vip_id}/deletion")
    db.expire_all()
    assert names_on(ada) == ["Older"]
    assert page.get(f"/tags/{vip_id}").status_code == 404


def test_an_agent_sees_tags_and_does_not_change_them(db, browser, agent):
    vip = tagged(make_customer(), "VIP")
    db.commit()
    page = browser(agent)
    assert "VIP" in text_of(page.get("/tags", fragment=True))
    assert page.get(f"/tags/{vip.tag_id}").status_code == 403
    assert page.post(f"/tags/{vip.tag_id}/deletion").status_code == 403


def test_tags_go_with_their_record(db, work):
    ada, product = make_customer(), make_product()
    tagged(ada, "VIP")
    actions.tag_record(get_record(SYSTEM, "product", product.product_id), "VIP", actor=SYSTEM)
    db.commit()
    people.erase_customer(ada, actor=SYSTEM, reason="asked")
    db.delete(product)
    db.commit()
    work()
    assert db.scalars(select(RecordTag)).all() == []
