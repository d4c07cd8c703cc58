"""Fields of the shop's own, and what events told, stand in messages as their readers write them: by every channel."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Invalid
from app.engine.custom_fields import actions as fields
from app.engine.custom_fields import definitions
from app.engine.custom_fields.actions import FieldDetails
from app.engine.custom_fields.kinds import KINDS
from app.engine.events import actions as events
from app.engine.notices.models import Notice
from app.reach import receiving
from app.reach.messages import placeholders
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_template
from tests.reach.cast import launch, make_task, write

OPTIONS = (("", "Large"), ("", "Small & thin"))


@pytest.fixture
def define(app):
    """Add a field of customers: `define("Size", "choice", options=OPTIONS)`."""

    def add(label, type_key="text", **said):
        made = fields.add_field(KINDS["customer"], FieldDetails(label, type_key, **said), actor=SYSTEM)
        database.session.commit()
        definitions.refresh()
        return made

    return add


@pytest.fixture
def read(db, work, mailbox):
    """What a text says to somebody by a letter, which the database puts together, and by mail, which Python does."""

    def send(text, person, *languages, **what_matters):
        mail = {locale: {"subject": "Lamps", "body": text} for locale in languages or ("en",)}
        letter = {locale: {"title": "Lamps", "body": text} for locale in languages or ("en",)}
        contents = {"in_app": letter, "email": mail}
        launch(
            make_task(
                write(contents),
                "in_app",
                "email",
                reach_by="every",
                **(what_matters or {"audience": "list", "people": (person.person_id,)}),
            )
        )
        if what_matters:
            return None
        work()
        return said_to(person)

    def said_to(person):
        letters = db.scalars(select(Notice.body).where(Notice.person_id == person.person_id)).all()
        (mail,) = mailbox.to(person.email)
        plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n").partition("\n\n-- ")[0]
        assert letters == [plain]
        return plain

    send.said_to = said_to
    return send


WORDS = {
    "en": "Ada’s; 1,234.5; £1,299.50; 3 May 2026; Small & thin; Large and Small & thin; yes; https://lamps.example/?a=1&b",
    "de-AT": "Ada’s; 1.234,5; £\xa01.299,50; 3. Mai 2026; Small & thin; Large und Small & thin; ja;"
    " https://lamps.example/?a=1&b",
}


@pytest.mark.parametrize("locale", list(WORDS))
def test_each_kind_is_said_in_the_reader_s_language_by_both_ways_of_putting_it_together(define, read, locale):
    types = ("text", "number", "money", "date", "choice", "several", "yes", "link")
    keys = [define(f"A {one}", one, options=OPTIONS if one in ("choice", "several") else ()).key for one in types]
    values = ("Ada’s", 1234.5, 129950, "2026-05-03", "small_thin", ["large", "small_thin"], True)
    custom = dict(zip(keys, (*values, "https://lamps.example/?a=1&b"), strict=True))
    ada = make_customer(locale=locale, custom=custom)
    text = "; ".join(f"{{customer.custom.{key}}}" for key in keys)
    assert read(text, ada, "en", "de") == WORDS[locale]


def test_what_is_not_there_is_empty_or_what_stands_behind_the_bar(define, read):
    define("Shoe size", "number")
    text = "Size {customer.custom.shoe_size|unknown}{customer.custom.shoe_size}{if customer.custom.shoe_size}!{end}."
    assert read(text, make_customer()) == "Size unknown."


@pytest.mark.parametrize("value", ["tea", "2026-13-01", True, {"sealed": "x"}, ["gone"], 10**30])
def test_what_makes_no_sense_any_more_is_not_there(define, read, value):
    """Such as a value from before its field became one of another type."""
    define("Born", "date")
    assert read("Born {customer.custom.born|one day}.", make_customer(custom={"born": value})) == "Born one day."


@pytest.mark.parametrize("locale", ["en", "de"])
def test_a_condition_compares_the_value_itself_whatever_the_language(define, read, locale):
    for label, type_key in (("VIP", "yes"), ("Old", "yes"), ("Size", "choice"), ("Born", "date"), ("Owes", "money")):
        define(label, type_key, options=OPTIONS if type_key == "choice" else ())
    ada = make_customer(
        locale=locale, custom={"vip": True, "old": False, "size": "large", "born": "2000-05-03", "owes": 1250}
    )
    text = (
        "{if customer.custom.vip}vip{else}not vip{end}, {if customer.custom.old}old{else}not old{end},"
        " {if not customer.custom.old}young{end}, {if customer.custom.old is no}said so{end},"
        " {if customer.custom.size is Large}large{end}, {if customer.custom.born is 2000-05-03}born{end},"
        " {if customer.custom.owes is 12.50}owes{end}, {if customer.custom.owes}some{end}"
    )
    assert read(text, ada, "en", "de") == "vip, not old, young, said so, large, born, owes, some"


def test_an_option_that_is_not_offered_any_more_keeps_its_name(define, read):
    size = define("Size", "choice", options=OPTIONS)
    ada = make_customer(custom={"size": "large"})
    fields.edit_field(size, FieldDetails("Size", "choice", [("small_thin", "Small")]), actor=SYSTEM)
    database.session.commit()
    definitions.refresh()
    assert read("{customer.custom.size}", ada) == "Large"


def test_sealed_fields_and_those_put_away_are_not_offered(define):
    define("Passport", is_sensitive=True)
    fields.archive_field(define("Shoes"), actor=SYSTEM)
    define("Tea")
    database.session.commit()
    definitions.refresh()
    offered = [one.key for one in placeholders.offered()]
    assert offered[-1] == "customer.custom.tea"
    assert not {"customer.custom.passport", "customer.custom.shoes"} & set(offered)
    with pytest.raises(Invalid) as refusal:
        make_template({"in_app": {"en": {"title": "Hi", "body": "{customer.custom.passport}"}}})
    assert "Nothing is known as {customer.custom.passport}" in str(refusal.value.errors)


def test_the_editor_offers_them_and_shows_them_as_real_people_will_read_them(define, browser):
    define("Next visit", "date")
    make_customer(first_name="Carla", locale="fr", custom={"next_visit": "2026-05-03"})
    page = browser(make_employee("manager"))
    shown = page.get("/reach/templates/new")
    assert "{customer.custom.next_visit}" in shown.text
    assert "Your own fields Next visit" in text_of(shown)
    title = "contents.in_app.fr.title"
    seen = page.post("/reach/templates/preview", {title: "Le {customer.custom.next_visit}", "sheet": "in_app.fr"})
    assert "Le 3 mai 2026" in text_of(seen)
    seen = page.post("/reach/templates/preview", {title: "{customer.custom.next_visits}", "sheet": "in_app.fr"})
    assert "Did you mean {customer.custom.next_visit}?" in text_of(seen)


def test_amounts_and_days_of_an_event_are_said_as_people_write_them(define, read, work, db):
    text = (
        "{event.amount_minor}; {event.until}; {event.at}; {event.is_gift}; {event.weight}; {event.items};"
        " {event.number}; {event.note|nothing}; {event.lamps}{if event.is_gift is true}!{end}"
        "{if event.until is 2026-05-03}?{end}"
    )
    ada, bea = make_customer(locale="en"), make_customer(locale="de")
    read(text, None, "en", "de", timing="event", event_type="received.cart.left")
    facts = {
        "amount_minor": 129950, "currency": "EUR", "until": "2026-05-03", "at": "2026-05-03T12:00:00Z", "is_gift": True,
        "weight": 1.5, "items": ["cup", "lamp"], "number": 20260503, "note": None, "lamps": "2026-02-30",
    }  # fmt: skip
    told = [{"name": "cart.left", "customer_id": str(one.person_id), "facts": facts} for one in (ada, bea)]
    receiving.receive(told)
    work()
    assert read.said_to(ada) == (
        "€1,299.50; 3 May 2026; 3 May 2026, 13:00; yes; 1.5; cup and lamp; 20260503; nothing; 2026-02-30!?"
    )
    assert read.said_to(bea) == (
        "1.299,50\xa0€; 3. Mai 2026; 3. Mai 2026, 13:00; ja; 1,5; cup und lamp; 20260503; nothing; 2026-02-30!?"
    )


def test_an_amount_without_a_currency_stays_as_it_was_told(read, work):
    ada = make_customer()
    read("{event.amount_minor}", None, timing="event", event_type="received.cart.left")
    receiving.receive([{"name": "cart.left", "customer_id": str(ada.person_id), "facts": {"amount_minor": 12}}])
    work()
    assert read.said_to(ada) == "12"


def test_an_invoice_that_is_overdue_says_how_much(read, work):
    ada = make_customer()
    read("{event.number}: {event.amount_minor}", None, timing="event", event_type="invoice.overdue")
    told = {"invoice_id": "i", "number": "I-7", "order_id": "o", "amount_minor": 4990, "currency": "GBP", "days": 3}
    events.emit("invoice.overdue", actor=SYSTEM, subject_id=ada.person_id, **told)
    database.session.commit()
    work()
    assert read.said_to(ada) == "I-7: £49.90"


def test_what_only_a_program_knows_may_be_written_and_the_preview_says_so(browser, db):
    page = browser(make_employee("manager"))
    template = make_template({"in_app": {"en": {"title": "Your {event.lamps} wait", "body": ""}}})
    shown = text_of(page.get(f"/reach/templates/{template.template_id}"))
    assert "{event.lamps} is known only where a program tells it" in shown
    with pytest.raises(Invalid):
        make_template({"in_app": {"en": {"title": "Your {event.} wait", "body": ""}}})


def test_what_is_asked_for_together_is_not_warned_of_twice(browser, db):
    make_customer(first_name="Carla")
    page = browser(make_employee("manager"))
    title = "contents.in_app.en.title"
    asked = "{if payment.amount}{payment.number}: {payment.amount} by {payment.due_on}{end}"
    seen = text_of(page.post("/reach/templates/preview", {title: asked, "sheet": "in_app.en"}))
    assert "{payment.due_on} is empty for Carla" in seen
    assert "{payment.number} is empty" not in seen


def test_the_parts_of_a_message_stand_in_the_channel_s_order_however_they_are_kept(browser, db):
    make_customer()
    template = make_template({"in_app": {"en": {"url": "/portal", "body": "New lamps.", "title": "Lamps"}}})
    shown = text_of(browser(make_employee("manager")).get(f"/reach/templates/{template.template_id}"))
    assert shown.index("Lamps New lamps. /portal")
