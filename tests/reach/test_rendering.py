"""Messages compiled once and filled in for many: plain where plain goes, escaped where HTML goes, safe in addresses."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reach.messages.placeholders import PLACEHOLDERS, columns
from app.reach.messages.rendering import NothingWritten, compile_version, nearest

VALUES = {"customer.first_name": "Carla", "shop.name": "Lotus", "customer.country": "Norway"}
EVIL = '<script>alert("1")</script>&'


def mail(body, **parts):
    return {"email": {"en": {"subject": "Hello", "body": body, **parts}}}


def rendered(contents, channel="email", locale="en", **values):
    return compile_version(contents, channel, locale).render(VALUES | values)


class Wellformed(HTMLParser):
    """Complains when an element is closed that is not open."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, _attributes):
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_mail_has_a_subject_a_plain_part_and_html(app):
    parts = rendered(
        mail(
            "Dear **{customer.first_name|friend}**,\n\nlook: [our shop](https://shop.example/?for={customer.first_name})",
            subject="For {customer.first_name}",
            button_label="See it",
            button_url="https://shop.example/new",
        )
    )
    assert parts["subject"] == "For Carla"
    assert parts["text"].startswith("Dear Carla,\n\nlook: our shop (https://shop.example/?for=Carla)\n\nSee it: https")
    assert "Dear <strong>Carla</strong>," in parts["html"]
    assert 'href="https://shop.example/?for=Carla"' in parts["html"]
    assert "Unsubscribe" not in parts["text"] + parts["html"]


def test_who_may_unsubscribe_is_told_how_in_their_language(app):
    contents = {"email": {"de-AT": {"subject": "Hallo", "body": "Servus"}}}
    parts = rendered(contents, locale="de", unsubscribe_url="https://shop.example/u/1?a&b")
    assert "Abmelden: https://shop.example/u/1?a&b" in parts["text"]
    assert 'href="https://shop.example/u/1?a&amp;b"' in parts["html"]
    assert "unsubscribe_url" in compile_version(contents, "email", "de").keys


def test_html_is_escaped_and_plain_text_is_not(app):
    parts = rendered(mail("Dear {customer.first_name}"), **{"customer.first_name": EVIL})
    assert f"Dear {EVIL}" in parts["text"]
    assert "<script>" not in parts["html"]
    assert "&lt;script&gt;" in parts["html"]


def test_no_value_becomes_markdown_or_an_address_that_runs(app):
    parts = rendered(
        mail("{customer.first_name} [pay]({event.url})"),
        **{"customer.first_name": "**Carla** [x](http://evil.example)", "event.url": "javascript:alert(1)"},
    )
    assert "**Carla** [x](http://evil.example)" in parts["html"]
    assert "javascript:" not in parts["html"] + parts["text"]


def test_a_subject_is_one_line(app):
    parts = rendered(mail("Hi", subject="Hi {customer.first_name}"), **{"customer.first_name": "Carla\r\nBcc: all@x"})
    assert parts["subject"] == "Hi Carla Bcc: all@x"


def test_a_condition_holds_whole_paragraphs_or_a_few_words(app):
    body = (
        "Hi\n\n{if customer.country is Norway}\n## Hei\n\n- one\n- two\n{else}\nHello\n{end}\n\n"
        "Bye{if shop.name}, **all**{end}."
    )
    north = rendered(mail(body))
    assert north["text"].startswith("Hi\n\nHei\n\n- one\n- two\n\nBye, all.\n")
    assert ">Hei</h2>" in north["html"]
    south = rendered(mail(body), **{"customer.country": "Italy", "shop.name": ""})
    assert south["text"].startswith("Hi\n\nHello\n\nBye.\n")
    assert "Hei" not in south["html"]


def test_other_channels_get_their_parts_as_they_are(app):
    contents = {"sms": {"en": {"body": "Hi {customer.first_name} **now** <b>\nBye"}}}
    assert rendered(contents, "sms") == {"body": "Hi Carla **now** <b>\nBye"}


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [("de-AT", "de-AT"), ("de_at", "de-AT"), ("de-CH", "de"), ("fr", "fr-CA"), ("ja", "en"), ("", "en")],
)
def test_the_nearest_language_is_chosen(locale, chosen):
    assert nearest(locale, dict.fromkeys(["en", "de", "de-AT", "fr-CA"])) == chosen
    assert nearest("ja", {"sv": 1, "nb": 1}) == "nb"


def test_nothing_is_rendered_that_was_not_written(app):
    with pytest.raises(NothingWritten):
        compile_version({"email": {}}, "email", "en")
    with pytest.raises(NothingWritten):
        compile_version(mail("Hi"), "sms", "en")


MARKDOWN = st.text(st.sampled_from("{}|[]()*_#-1. \n\\<>&ab:/"), max_size=60)
PIECES = st.sampled_from(
    [
        "{customer.first_name|you}",
        "{if shop.name}",
        "{else}",
        "{end}",
        "\n",
        "\n\n",
        "- ",
        "**",
        "[a](",
        ")",
        "https://x",
    ]
)


@given(st.lists(MARKDOWN | PIECES, max_size=8).map("".join), st.text(), st.text())
def test_whatever_is_written_and_filled_in_is_wellformed_html(application, body, name, shop):
    with application.app_context():
        compiled = compile_version(mail(body, preheader=body, button_label=body, button_url=body), "email", "en")
        parts = compiled.render({"customer.first_name": name, "shop.name": shop})
    reader = Wellformed()
    reader.feed(parts["html"])
    assert reader.open == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_value_comes_back_out_of_the_html_as_it_was(application, name):
    with application.app_context():
        html = compile_version(mail("[{customer.first_name}]"), "email", "en").render({"customer.first_name": name})[
            "html"
        ]
    found = []
    reader = HTMLParser()
    reader.handle_data = found.append
    reader.feed(html)
    told = "".join(found).replace("\n", "").replace("\r", "")
    assert "[" + name.replace("\n", "").replace("\r", "") + "]" in told


def test_columns_load_what_a_message_needs(app, db):
    from sqlalchemy import select

    from app.people.models import Customer
    from tests.factories import make_customer, make_employee

    ada = make_employee(first_name="Ada", last_name="Lovelace")
    make_customer(first_name="Carla", last_name="", owner_id=ada.person_id)
    row = db.execute(select(*columns(PLACEHOLDERS)).select_from(Customer)).one()._mapping
    assert row["customer.name"] == "Carla"
    assert row["customer.owner"] == "Ada Lovelace"
    assert (row["customer.company"], row["customer.reference"]) == ("", "")
    assert row["shop.name"] == "Lotus Gifts"
    assert "unsubscribe_url" not in row


def test_a_mail_may_look_like_one_typed_by_hand(app):
    words = "Dear {customer.first_name},\n\nwe are [open](https://shop.example) again."
    contents = mail(
        words, look="plain", preheader="At last", button_label="See it", button_url="https://shop.example/n"
    )
    parts = rendered(contents, unsubscribe_url="https://shop.example/u/1")
    assert "<p>Dear Carla,</p>" in parts["html"]
    assert '<p>we are <a href="https://shop.example">open</a> again.</p>' in parts["html"]
    assert '<p><a href="https://shop.example/n">See it</a></p>' in parts["html"]
    assert '<p><a href="https://shop.example/u/1">Unsubscribe</a></p>' in parts["html"]
    assert "At last" in parts["html"]
    assert "<table" not in parts["html"]
    assert "color:" not in parts["html"]
    assert (
        parts["text"]
        == rendered(
            mail(words, button_label="See it", button_url="https://shop.example/n"),
            unsubscribe_url="https://shop.example/u/1",
        )["text"]
    )
