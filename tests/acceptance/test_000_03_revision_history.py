"""000-03: a template edited twice shows its versions with author, date and difference; version 1 can be restored."""

from sqlalchemy import select

from app.reach.messages.models import TemplateVersion
from tests.browser_client import text_of
from tests.factories import make_employee, make_message_type


def test_an_edited_template_shows_its_versions_and_gives_the_first_back(browser, db):
    kind = make_message_type()
    ada, ben = make_employee("manager", first_name="Ada"), make_employee("manager", first_name="Ben")
    typed = {"name": "Welcome", "message_type_id": str(kind.message_type_id)}
    title, body = "contents.in_app.en.title", "contents.in_app.en.body"
    made = browser(ada).post("/reach/templates/new", {**typed, title: "Welcome", body: "We are glad.\nCome again."})
    here = made.headers["Location"]
    again = {**typed, title: "Welcome", body: "We are very glad.\nCome again.", "base": "1", "comment": "Warmer"}
    assert browser(ben).post(f"{here}/edit", again).status_code == 303

    page = text_of(browser(ada).get(here))
    assert "Warmer" in page
    assert f"by {ben.name}" in page
    assert f"by {ada.name}" in page
    assert "now" in page  # when: "a moment ago" and the like
    shown = browser(ada).get(f"{here}/versions/2").get_data(as_text=True)
    assert "In the application, English, Text" in shown
    assert "<ins>very " in shown.replace("</ins><ins>", "")
    assert "Come again." in shown

    browser(ada).post(f"{here}/versions/1/restoration")
    versions = db.scalars(select(TemplateVersion).order_by(TemplateVersion.number)).all()
    assert [one.number for one in versions] == [1, 2, 3]
    assert versions[2].contents == versions[0].contents != versions[1].contents
    assert versions[2].written_by == ada.person_id
