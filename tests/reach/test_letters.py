"""Letters are put together by the database, a thousand at once: they say what the same words say one by one."""

from datetime import timedelta

import pytest
from sqlalchemy import literal, select, update

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.jobs import Job
from app.engine.notices.models import Notice
from app.engine.placeholders.language import parse
from app.engine.placeholders.stencils import SPACES, cleaned, cut
from app.people.consent import actions as consent
from app.people.duplicates import actions as merges
from app.reach import actions, receiving, runs
from app.reach.journal import Journal
from app.reach.messages.rendering import columns, compile_version
from app.reach.models import Chunk, Run, Step
from tests.factories import make_customer
from tests.reach.cast import kinds, launch, make_task, write

TEXTS = (
    "",
    "Hello",
    "Hello {customer.first_name}!",
    "{customer.first_name|friend}",
    "100 % of {customer.first_name|it}: {shop.name}",
    "{if customer.first_name}Dear {customer.first_name}{else}Hello{end}, welcome",
    "{if not customer.first_name}Nobody{end}",
    "{if customer.country is Norway}Hei{else}Hello{end}",
    "{if customer.country is not Strasse}far{else}near{end}",
    "{if customer.country}\n{if customer.first_name is ada}\nboth\n{else}\none\n{end}\n{end}\n",
    " two\nlines\u2028and a \t tab ",
    "{unknown|else} and {unknown}",
    "\x01{shop.name}\x7f",
    "a{customer.first_name}\u3000",
    "\n{customer.first_name}z",
)
PEOPLE = (
    {"customer.first_name": "", "customer.country": "", "shop.name": "Lamps"},
    {"customer.first_name": "Ada", "customer.country": "NORWAY", "shop.name": "Lamps"},
    {"customer.first_name": " Zoë\n\x85O’Neil\\ ", "customer.country": " Straße\u3000", "shop.name": "{x} %s :a"},
    {"customer.first_name": "   ", "customer.country": "norway", "shop.name": "'; --"},
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_says_the_same_in_the_database(db, text):
    contents = {"in_app": {"en": {"title": text, "body": text}}}
    for values in PEOPLE:
        one_by_one = compile_version(contents, "in_app", "en").render(values)
        asked = columns(contents, "in_app", literal("en"), {key: literal(value) for key, value in values.items()})
        assert (
            dict(db.execute(select(*(said.label(part) for part, said in asked.items()))).mappings().one()) == one_by_one
        )


def test_everybody_gets_it_in_the_nearest_language_there_is(db):
    written = ("de", "de-AT", "pt_BR", "zh-Hant-TW", "en", "fr")
    contents = {"in_app": {locale: {"title": locale} for locale in written}}
    for locale in (
        "",
        "de",
        "de-DE",
        "de_at",
        "de-AT-1996",
        "pt",
        "pt-PT",
        "zh-Hans",
        "zh-hant-tw-x",
        "en-GB",
        "nb",
        "d",
        "deu",
    ):
        asked = columns(contents, "in_app", literal(locale), {})
        assert db.scalar(select(asked["title"])) == compile_version(contents, "in_app", locale).render({})["title"]


def test_a_language_without_a_part_has_it_empty(db):
    contents = {"in_app": {"de": {"title": "Hallo", "body": "Lampen"}, "en": {"title": "Hello"}}}
    asked = columns(contents, "in_app", literal("en"), {})
    assert db.execute(select(asked["title"], asked["body"])).one() == ("Hello", "")


def test_what_counts_as_space_is_what_python_takes_away():
    assert sorted(SPACES) == [chr(code) for code in range(0x110000) if chr(code).isspace()]


def test_what_has_to_be_cleaned_is_not_put_together_there():
    cleaned_text = cut(cleaned(parse("Hello {customer.first_name}").nodes, str.upper))
    with pytest.raises(NotImplementedError):
        cleaned_text.column({"customer.first_name": literal("Ada")})


def settle(db) -> None:
    """The people of the one run there is are settled, and nothing is sent yet."""
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()


def test_it_says_what_the_event_told_and_how_to_hear_no_more(db, work):
    words = "You left {event.items} lamps worth {event.amount}{event.nothing}. No more: {unsubscribe_url}"
    cart = {"popup": {"en": {"title": "Still there, {customer.first_name}?", "body": words}}}
    task = make_task(
        write(cart, purpose="marketing"), "popup", timing="event", event_type="received.cart.left", name="Carts"
    )
    launch(task)
    ada = make_customer(first_name="Ada")
    consent.grant(ada, "in_app", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    receiving.receive(
        [{"name": "cart.left", "customer_id": str(ada.person_id), "facts": {"items": 2, "amount": "49.90 {x} \\ '"}}]
    )
    work()
    shown = db.scalars(select(Notice)).one()
    assert (shown.kind, shown.title) == ("popup", "Still there, Ada?")
    assert shown.body.startswith("You left 2 lamps worth 49.90 {x} \\ '. No more: http")
    assert shown.shows_until == db.scalars(select(Run.expires_at)).one()
    assert abs(shown.created_at - now()) < timedelta(minutes=1)


def test_who_left_or_is_not_there_any_more_gets_none_and_it_says_why(db, work):
    people = {name: make_customer(first_name=name) for name in ("stays", "withdraws", "erased", "twin")}
    for person in people.values():
        consent.grant(person, "in_app", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    launch(make_task(write(purpose="marketing")))
    settle(db)
    ids = {name: person.person_id for name, person in people.items()}
    consent.withdraw([ids["withdraws"]], [("in_app", "marketing")], actor=SYSTEM, source="portal")
    people["erased"].erased_at = now()
    db.commit()
    merges.merge([ids["stays"], ids["twin"]], winner_id=ids["stays"], chosen={}, actor=SYSTEM)
    db.commit()
    work()
    assert db.scalars(select(Notice.title)).all() == ["Hello stays"]
    codes = dict(db.execute(select(Step.person_id, Step.code)).tuples().all())
    assert codes == {ids["stays"]: "", ids["withdraws"]: "withdrawn", ids["erased"]: "erased", ids["twin"]: "erased"}
    chunk = db.scalars(select(Chunk)).one()
    assert (chunk.state, chunk.sent, chunk.excluded) == ("done", 1, 3)


def test_a_worker_killed_in_the_middle_leaves_none_and_the_next_writes_each_once(db, work, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_what, **_more):
        raise Killed

    for _one in range(3):
        make_customer()
    launch(make_task(write()))
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "count", die)
        with pytest.raises(Killed):
            work()
    db.rollback()
    assert (kinds(), db.scalars(select(Notice.key)).all()) == ({}, [])
    db.execute(update(Job).where(Job.state == "running").values(state="queued", lease_until=None, due_at=now()))
    db.execute(update(Chunk).values(attempt=Chunk.attempt + 1))
    db.commit()
    work()
    assert kinds() == {"sent": 3}
    assert len(db.scalars(select(Notice.key)).all()) == 3


def test_what_somebody_took_back_meanwhile_is_not_written(db, work):
    make_customer()
    task = launch(make_task(write()))
    settle(db)
    actions.pause(task, actor=SYSTEM)
    db.commit()
    work()
    assert db.scalars(select(Notice.key)).all() == []
    actions.resume(task, actor=SYSTEM)
    db.commit()
    work()
    assert len(db.scalars(select(Notice.key)).all()) == 1
