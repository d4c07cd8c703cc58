"""004-18: help is one click from every page, and is searched by plain words."""

from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_every_kind_of_visitor_finds_the_answer(browser):
    for person, path in ((None, "/sign-in"), (make_customer(), "/notices"), (make_employee("admin"), "/staff")):
        mine = browser(person)
        assert 'href="/help"' in mine.get(path).get_data(as_text=True)
        answers = mine.get("/help?q=wrong+password")
        assert "Sign in, sign up, passwords" in text_of(answers)
        assert "After five wrong passwords" in text_of(mine.get("/help/sign-in"))
