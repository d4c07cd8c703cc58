"""Setting a chat up: who may, what is refused, and what is kept of it."""

import pytest
from sqlalchemy import func, select, text

from app.widget.models import Widget
from tests.factories import make_employee, make_widget

TYPED = {
    "name": "Second shop",
    "colour": "#1b6ac9",
    "side": "left",
    "greeting": "Good day!",
    "away_text": "Away.",
    "asks_name": "optional",
    "asks_email": "required",
    "origins": "https://www.second.example/\nHTTPS://shop.example:443",
    "rules": "/lamps/*, 20, Not sure, which lamp fits?",
    "offer_after_minutes": "5",
    "mail_after_minutes": "3",
    "is_on": "y",
}


def test_only_who_may_configure_comes_in(browser):
    widget = make_widget()
    for path in ("/settings/widgets", "/settings/widgets/new", f"/settings/widgets/{widget.widget_id}"):
        assert browser(make_employee("agent")).get(path).status_code == 403
        assert browser(make_employee("manager")).get(path).status_code == 200


def test_a_chat_is_made_changed_and_taken_away(browser, db):
    manager = browser(make_employee("manager"))
    page = manager.follow(manager.post("/settings/widgets/new", TYPED)).get_data(as_text=True)
    assert "data-key=" in page
    widget = db.scalars(select(Widget)).one()
    assert widget.origins == ["https://www.second.example", "https://shop.example"]
    assert [(rule["page"], rule["seconds"], rule["words"]) for rule in widget.rules] == [
        ("/lamps/*", 20, "Not sure, which lamp fits?")
    ]
    here, secret = f"/settings/widgets/{widget.widget_id}", widget.secret
    manager.post(here, {**TYPED, "name": "Renamed"})
    manager.post(f"{here}/secret")
    db.refresh(widget)
    assert (widget.name, widget.secret == secret) == ("Renamed", False)
    trail = db.scalars(text("SELECT to_jsonb(audit_log)::text FROM audit_log WHERE table_name = 'widgets'")).all()
    assert trail
    assert not any(secret in str(line) for line in trail)
    manager.post(f"{here}/delete")
    assert db.scalar(select(func.count()).select_from(Widget)) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origins", "http://plain.example"),
        ("origins", "https://a.example/path"),
        ("origins", "https://*"),
        ("origins", "https://a.example; script-src *"),
        ("origins", "javascript:alert(1)"),
        ("colour", "red"),
        ("colour", "#fff;x"),
        ("name", " "),
        ("rules", "no commas"),
        ("rules", "lamps, 20, words"),
        ("offer_after_minutes", "0"),
    ],
)
def test_what_makes_no_sense_is_refused(browser, db, field, value):
    answer = browser(make_employee("manager")).post("/settings/widgets/new", {**TYPED, field: value})
    assert answer.status_code == 422
    assert db.scalar(select(func.count()).select_from(Widget)) == 0


def test_the_preview_shows_what_is_typed_and_keeps_nothing(browser, db):
    page = browser(make_employee("manager")).post("/settings/widgets/preview", TYPED, fragment=True)
    assert "Good day!" in page.get_data(as_text=True)
    assert db.scalar(select(func.count()).select_from(Widget)) == 0
