"""004-09: an admin registers an employee; the invitation's first visit sets the password."""

import re

from tests.browser_client import text_of
from tests.factories import PASSWORD, make_employee


def test_from_the_admin_s_form_to_the_employee_s_first_day(browser, work, mailbox):
    admin = browser(make_employee("admin"))
    form = {"first_name": "Nora", "last_name": "Klein", "email": "nora@lotus.example", "role": "manager"}
    page = admin.follow(admin.post("/staff", {**form, "department": "Sales"}))
    assert "Invited" in text_of(page)
    work()
    (mail,) = mailbox.to("nora@lotus.example")
    link = re.search(r"http://crm\.test(\S+)", mail.get_body(("plain",)).get_content())[1]
    assert browser().post("/sign-in", {"email": form["email"], "password": PASSWORD}).status_code == 422
    nora = browser()
    assert "nora@lotus.example" in text_of(nora.get(link))
    assert nora.post(link, {"password": PASSWORD}).headers["Location"] == "/"
    assert "Nora Klein" in text_of(nora.get("/staff"))
    again = browser()
    assert again.post("/sign-in", {"email": "Nora@Lotus.example", "password": PASSWORD}).status_code == 303
