"""Templates and message types: written by pages, version by version, seen as real people will, put away."""

import re

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core.errors import Conflict, Invalid
from app.engine.events.models import Event
from app.reach.messages import differences, languages, queries
from app.reach.messages.actions import templates, types
from app.reach.messages.actions.templates import TemplateDetails, WrittenMeanwhile
from app.reach.messages.actions.types import TypeDetails
from app.reach.messages.contents import merge
from app.reach.messages.lengths import measure
from app.reach.messages.models import MessageType, Template, TemplateVersion
from tests.browser_client import text_of
from tests.factories import LETTER, make_customer, make_employee, make_message_type, make_template
from tests.statements import counted


def boss():
    return sign_ins.actor_for(make_employee("manager").person_id)


def words_of(template):
    return queries.newest_version(template.template_id).contents


@pytest.mark.parametrize(
    ("written", "place", "words"),
    [
        ({}, "contents", "at least one channel"),
        ({"pigeon": {"en": {"body": "Coo"}}}, "contents.pigeon", "no such channel"),
        ({"in_app": {"xx-what": {"title": "Hi"}}}, "contents.in_app.xx-what", "Give a language"),
        ({"in_app": {"en": {"body": "Hi"}}}, "contents.in_app.en.title", "Title is missing"),
        ({"in_app": {"en": {"title": "Hi", "colour": "red"}}}, "contents.in_app.en.colour", "has texts named title"),
        ({"in_app": {"en": {"title": "x" * 121}}}, "contents.in_app.en.title", "at most 120"),
        ({"in_app": {"en": {"title": "Hi", "body": "a\n{customer.fist_name}"}}}, "contents.in_app.en.body", "Line 2"),
        ({"in_app": ["en"]}, "contents.in_app", "Give channels"),
        ({"in_app": {"en": {"title": 7}}}, "contents.in_app.en.title", "has texts named"),
        (
            {"email": {"en": {"subject": "Hi", "body": "Hi", "look": "loud"}}},
            "contents.email.en.look",
            "Choose one of these: plain.",
        ),
    ],
)
def test_words_that_cannot_be_sent_are_refused_where_they_stand(db, written, place, words):
    with pytest.raises(Invalid) as refusal:
        make_template(written)
    assert words in refusal.value.errors[place][0]


def test_a_version_is_never_changed_and_the_same_words_make_none(db):
    template, actor = make_template(), boss()
    again = templates.write_version(template, LETTER, base=1, actor=actor)
    assert again.number == 1
    changed = {"in_app": {"en": {**LETTER["in_app"]["en"], "body": "Old lamps."}, "de-at": {"title": "Servus"}}}
    second = templates.write_version(template, changed, base=1, comment="  Older \n lamps ", actor=actor)
    db.commit()
    assert (second.number, second.comment) == (2, "Older lamps")
    assert list(second.contents["in_app"]) == ["en", "de-AT"]
    assert queries.get_version(template.template_id, 1).contents == LETTER
    told = db.scalars(select(Event).where(Event.type == "template.published").order_by(Event.event_id)).all()
    assert [event.payload["number"] for event in told] == [1, 2]


def test_two_people_who_write_in_different_places_both_are_kept(db):
    template = make_template()
    mine = {"in_app": {"en": {**LETTER["in_app"]["en"], "body": "Mine."}}}
    theirs = {"in_app": {"en": {**LETTER["in_app"]["en"], "title": "Theirs"}}}
    templates.write_version(template, theirs, base=1, actor=boss())
    templates.write_version(template, mine, base=1, actor=boss())
    assert words_of(template) == {"in_app": {"en": {"title": "Theirs", "body": "Mine."}}}


def test_two_people_who_write_in_the_same_place_are_told_and_nothing_is_lost(browser, db):
    template = make_template()
    page, here = browser(make_employee("manager")), f"/reach/templates/{template.template_id}"
    typed = {"name": "Lamps", "message_type_id": str(template.message_type_id), "base": "1"}
    title, body = "contents.in_app.en.title", "contents.in_app.en.body"
    assert page.post(f"{here}/edit", {**typed, title: "Hi", body: "Theirs."}).status_code == 303
    refused = page.post(f"{here}/edit", {**typed, title: "Hi", body: "Mine."})
    shown = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "Theirs." in shown
    assert ">Mine.</textarea>" in shown
    assert re.search(r'name="base"[^>]*value="2"', shown)
    page.post(f"{here}/edit", {**typed, title: "Hi", body: "Mine.", "base": "2"})
    assert words_of(template)["in_app"]["en"]["body"] == "Mine."


def test_merging_takes_what_one_of_two_changed():
    def sheet(**parts):
        return {"sms": {"en": parts}}

    was = sheet(a="1", b="1", c="1", d="1")
    merged, collisions = merge(was, sheet(a="2", b="1", c="2"), sheet(a="1", b="3", c="3", d="1"))
    assert merged == sheet(a="2", b="3", c="2")
    assert [(one.place[2], one.yours, one.theirs) for one in collisions] == [("c", "2", "3")]


def test_restoring_what_holds_already_is_refused(db):
    template = make_template()
    with pytest.raises(Conflict):
        templates.restore_version(template, 1, actor=boss())


def test_a_collision_says_where_it_is(db):
    template = make_template()
    templates.write_version(template, {"in_app": {"en": {"title": "Hi"}}}, base=1, actor=boss())
    with pytest.raises(WrittenMeanwhile) as refusal:
        templates.write_version(template, {"in_app": {"en": {"title": "Ho"}}}, base=1, actor=boss())
    assert refusal.value.conflicts[0]["label"] == "In the application, English, Title"


def test_the_list_finds_by_name_and_type_and_keeps_what_was_put_away_readable(browser, db):
    lamps, vases = make_template(name="Lamps"), make_template(name="Vases")
    page = browser(make_employee("manager"))
    assert "Vases" not in text_of(page.get("/reach/templates?q=lamp"))
    assert "Lamps" not in text_of(page.get(f"/reach/templates?type={vases.message_type_id}"))
    here = f"/reach/templates/{lamps.template_id}"
    page.post(f"{here}/archive")
    assert "Lamps" not in text_of(page.get("/reach/templates", fragment=True))
    assert "Lamps" in text_of(page.get("/reach/templates?state=archived"))
    assert "was put away" in text_of(page.get(here))
    assert page.get(f"{here}/versions/1").status_code == 200
    page.post(f"{here}/archive/delete")
    assert "Lamps" in text_of(page.get("/reach/templates"))


def test_a_preview_shows_real_people_and_warns_of_what_is_empty(browser, db):
    make_customer(first_name="", last_name="Moreau")
    ada = make_customer(first_name="Ada", last_name="Lovelace")
    page, template = browser(make_employee("manager")), make_template(purpose="marketing")
    typed = {"message_type_id": str(template.message_type_id), "sheet": "in_app.en", "person": str(ada.person_id)}
    body = "Dear {customer.first_name}, {customer.naem}"
    shown = page.post("/reach/templates/preview", {**typed, "contents.in_app.en.body": body}, fragment=True)
    assert "Dear Ada," in text_of(shown)
    assert "Did you mean {customer.name}" in text_of(shown)
    assert "Offers say how to get no more of them" in text_of(shown)
    asked = {**typed, "person": "", "who": "moreau", "contents.in_app.en.body": body}
    other = text_of(page.post("/reach/templates/preview", asked, fragment=True))
    assert "{customer.first_name} is empty for Moreau" in other


def test_a_mail_is_shown_in_a_frame_that_lets_nothing_run_and_only_to_who_saw_it(browser, db):
    mail = {"email": {"en": {"subject": "Hi", "body": "Dear **{customer.first_name}**"}}}
    make_customer(first_name="<b>Eve</b>")
    page, template = browser(make_employee("manager")), make_template(mail, "marketing")
    shown = page.get(f"/reach/templates/{template.template_id}").get_data(as_text=True)
    address = re.search(r'src="(/reach/previews/\w+)"', shown)[1]
    frame = page.http.get(address)
    assert "<strong>&lt;b&gt;Eve&lt;/b&gt;</strong>" in frame.get_data(as_text=True)
    assert "Unsubscribe" in frame.get_data(as_text=True)
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]
    assert browser(make_employee("manager")).http.get(address).status_code == 404


def test_a_language_is_added_and_taken_away_without_losing_what_is_typed(browser, db):
    kind = make_message_type()
    page = browser(make_employee("manager"))
    typed = {"name": "Lamps", "message_type_id": str(kind.message_type_id), "contents.in_app.en.title": "Kept words"}
    more = page.post("/reach/templates/words", {**typed, "add": "1", "add_channel": "in_app", "add_locale": "nb"})
    assert "Kept words" in more.get_data(as_text=True)
    assert 'name="contents.in_app.nb.title"' in more.get_data(as_text=True)
    less = page.post("/reach/templates/words", {**typed, "remove": "in_app.en"}, fragment=True)
    assert "Kept words" not in less.get_data(as_text=True)
    assert db.scalar(select(func.count()).select_from(Template)) == 0


def test_how_a_mail_looks_is_chosen_beside_its_words(browser, db):
    page = browser(make_employee("manager"))
    typed = {"name": "Lamps", "message_type_id": str(make_message_type().message_type_id)}
    typed |= {"contents.email.en.subject": "Hi", "contents.email.en.body": "Hi", "contents.email.en.look": "plain"}
    page.post("/reach/templates/new", typed)
    version = db.scalars(select(TemplateVersion)).one()
    assert version.contents["email"]["en"]["look"] == "plain"
    form = page.get(f"/reach/templates/{version.template_id}/edit").get_data(as_text=True)
    assert '<option value="plain" selected>Plain, like a letter typed by hand</option>' in form


def test_mistakes_stand_at_their_field_and_nothing_typed_is_lost(browser, db):
    kind = make_message_type()
    page = browser(make_employee("manager"))
    typed = {"name": "", "message_type_id": str(kind.message_type_id), "contents.in_app.en.title": "Hi {me.name}"}
    assert page.post("/reach/templates/new", typed).status_code == 422
    refused = page.post("/reach/templates/new", {**typed, "name": "Lamps"})
    assert refused.status_code == 422
    assert "Nothing is known as {me.name}" in text_of(refused)
    assert "Hi {me.name}" in refused.get_data(as_text=True)


def test_who_may_only_read_reads_only(browser, db):
    template = make_template()
    here = f"/reach/templates/{template.template_id}"
    agent = browser(make_employee("agent"))
    assert agent.get(here).status_code == 200
    assert agent.get("/reach/types").status_code == 200
    for path in ("/reach/templates/new", f"{here}/edit", "/reach/types/new"):
        assert agent.get(path).status_code == 403
    for path in (f"{here}/archive", f"{here}/versions/1/restoration", "/reach/templates/preview"):
        assert agent.post(path).status_code == 403
    assert browser(make_customer()).get(here).status_code in (403, 404)


def test_types_are_added_changed_and_put_away_by_pages(browser, db):
    make_message_type()
    page = browser(make_employee("manager"))
    typed = {"name": "Éclairs & more", "purpose": "marketing", "lane": "bulk", "lives": "2", "unit": "1440"}
    assert page.post("/reach/types/new", {**typed, "lives": "0"}).status_code == 422
    page.post("/reach/types/new", typed)
    made = db.scalars(select(MessageType).where(MessageType.key == "eclairs-more")).one()
    assert (made.purpose, made.lane, made.lives_minutes) == ("marketing", "bulk", 2880)
    here = f"/reach/types/{made.message_type_id}"
    assert 'value="2"' in page.get(here).get_data(as_text=True)
    page.post(here, {**typed, "name": "Eclairs"})
    page.follow(page.post(f"{here}/archive"))
    assert "Eclairs" not in text_of(page.get("/reach/types"))
    assert "Eclairs" in text_of(page.get("/reach/types?state=archived"))
    page.follow(page.post(f"{here}/archive/delete"))
    assert "Eclairs" in text_of(page.get("/reach/types"))


def test_keys_of_types_are_made_once_and_the_last_type_stays(db):
    actor = boss()
    first = types.add_type(TypeDetails("Offers", "marketing", "bulk", 60), actor=actor)
    second = types.add_type(TypeDetails("Offers", "marketing", "bulk", 60), actor=actor)
    odd = types.add_type(TypeDetails("优惠", "marketing", "bulk", 60), actor=actor)
    assert [first.key, second.key, odd.key] == ["offers", "offers-2", "type"]
    for one in (first, second):
        types.archive_type(one, actor=actor)
    with pytest.raises(Conflict):
        types.archive_type(odd, actor=actor)
    with pytest.raises(Invalid):
        types.add_type(TypeDetails("X", "spam", "now", 0), actor=actor)
    with pytest.raises(Invalid):
        types.add_type(TypeDetails("X", "service", "bulk", 5, key="Not a key"), actor=actor)


def test_a_template_may_keep_a_type_that_was_put_away_and_no_other(db):
    template, other = make_template(), make_message_type()
    kind = db.get(MessageType, template.message_type_id)
    types.archive_type(kind, actor=boss())
    templates.describe_template(template, TemplateDetails("Better", kind.message_type_id), actor=boss())
    with pytest.raises(Invalid):
        templates.create_template(TemplateDetails("New", kind.message_type_id), LETTER, actor=boss())
    templates.describe_template(template, TemplateDetails("Better", other.message_type_id), actor=boss())


def test_a_difference_names_lines_and_words():
    before = {"sms": {"en": {"body": "One\nTwo red lamps\nThree"}}}
    after = {"sms": {"en": {"body": "One\nTwo blue lamps\nThree\nFour"}, "de": {"body": "Eins"}}}
    english, german = differences.compare(before, after)
    assert german.place == ("sms", "de", "body")
    assert [line.kind for line in english.lines] == ["same", "gone", "new", "same", "new"]
    assert ("gone", "red") in english.lines[1].pieces
    assert ("new", "blue") in english.lines[2].pieces
    long = {"sms": {"en": {"body": "\n".join("a" * 3000)}}}
    assert len(differences.compare(long, {"sms": {"en": {"body": "\n".join("b" * 3000)}}})[0].lines) == 6000


@pytest.mark.parametrize(
    ("text", "units", "pieces"),
    [("a" * 160, 160, 1), ("a" * 161, 161, 2), ("€" * 80, 160, 1), ("ж" * 70, 70, 1), ("ж" * 71, 71, 2), ("😀", 2, 1)],
)
def test_a_text_message_is_counted_as_networks_count_it(text, units, pieces):
    assert (measure(text).units, measure(text).pieces) == (units, pieces)


def test_pages_ask_the_database_a_few_times_only(browser, db):
    template = make_template()
    for _ in range(3):
        make_template()
    page = browser(make_employee("manager"))
    for path in ("/reach/templates", f"/reach/templates/{template.template_id}", "/reach/types"):
        page.get(path)
        with counted() as sent:
            page.get(path)
        assert len(sent) <= 8, (path, sent)


def test_versions_are_counted(db):
    make_template()
    assert db.scalar(select(func.count()).select_from(TemplateVersion)) == 1


@pytest.mark.parametrize("channel", ["in_app", "email"])
def test_a_test_goes_to_who_asked_for_it_as_somebody_would_get_it(browser, db, work, mail_server, channel):
    ada = make_customer(first_name="Ada")
    manager = make_employee("manager")
    contents = {**LETTER, "email": {"en": {"subject": "Hello {customer.first_name}", "body": "Lamps"}}}
    here = f"/reach/templates/{make_template(contents).template_id}"
    sent = browser(manager).post(f"{here}/tests", {"sheet": f"{channel}.en", "person": str(ada.person_id)})
    assert sent.status_code == 303
    work()
    if channel == "email":
        assert mail_server.to(manager.email)[-1]["Subject"] == "Hello Ada"
    else:
        assert "Hello Ada" in text_of(browser(manager).get("/notices"))


@pytest.mark.parametrize("purpose", ["marketing", "service"])
def test_a_test_says_how_to_get_no_more_only_where_one_can(browser, work, mail_server, purpose):
    manager = make_employee("manager")
    template = make_template({"email": {"en": {"subject": f"About {purpose}", "body": "Lamps"}}}, purpose)
    browser(manager).post(f"/reach/templates/{template.template_id}/tests", {"sheet": "email.en"})
    work()
    assert ("Unsubscribe" in mail_server.to(manager.email)[-1].as_string()) == (purpose == "marketing")


def test_a_test_that_cannot_be_sent_says_why(browser, db, work):
    manager = make_employee("manager")
    page, here = browser(manager), f"/reach/templates/{make_template({'sms': {'en': {'body': 'Hi'}}}).template_id}"
    refused = page.post(f"{here}/tests", {"sheet": "sms.en"})
    assert refused.status_code == 409
    assert "does not reach you" in text_of(refused)
    manager.phone = "+442079460000"
    db.commit()
    assert "No provider is set up" in text_of(page.post(f"{here}/tests", {"sheet": "sms.en"}))
    assert page.post(f"{here}/tests", {"sheet": "email.en"}).status_code == 409


def test_languages_are_written_one_way_and_all_offered_are_known():
    assert [languages.standard(code) for code in languages.OFFERED] == list(languages.OFFERED)
    assert [languages.standard(code) for code in ("de_at", " ZH-tw ", "xx", "")] == ["de-AT", "zh-TW", None, None]
    assert languages.label("zh-TW") == "Chinese (Traditional, Taiwan)"
