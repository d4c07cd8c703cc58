"""Quotes, made and sent by programs."""

import pytest

from tests.factories import make_customer, make_deal, make_product


@pytest.fixture
def deal(db):
    ada = make_customer(email="ada@example.com")
    return make_deal(title="Mugs", customer_id=ada.person_id, lines=[make_product(price_minor=500)])


def test_a_quote_is_made_mailed_replaced_and_taken_back(api, deal, work, mailbox):
    path = f"/deals/{deal.deal_id}/quotes"
    made = api.post(path, {"valid_until": "2031-03-30", "terms": "Half in advance."})
    assert (made.status_code, made.json["state"], made.json["total"]["amount_minor"]) == (201, "open", 500)
    here = made.headers["Location"]
    assert api.post(f"{here}/mailing").json["sent_at"]
    work()
    assert made.json["number"] in mailbox.to("ada@example.com")[-1]["Subject"]
    newer = api.post(path, {"valid_until": "2031-04-30", "replaces": made.json["id"]}).json
    assert newer["number"] == f"{made.json['number']}/2"
    assert api.get(here).json["state"] == "replaced"
    assert api.post(f"/quotes/{newer['id']}/withdrawal").json["state"] == "withdrawn"
    assert api.post(f"/quotes/{newer['id']}/withdrawal").status_code == 409
    assert len(api.get(path).json["data"]) == 2


def test_a_quote_is_printed_and_answered_behind_its_link(api, browser, deal):
    made = api.post(f"/deals/{deal.deal_id}/quotes", {"valid_until": "2031-03-30"}).json
    here = f"/quotes/{made['id']}"
    paper = api.get(f"{here}/pdf")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert made["number"] in paper.headers["Content-Disposition"]
    page = "/q/" + api.post(f"{here}/link").json["address"].rpartition("/")[2]
    assert browser().get(page).status_code == 200
    assert api("DELETE", f"{here}/link").status_code == 200
    assert browser().get(page).status_code == 404


def test_quotes_of_all_deals_are_found(api, deal):
    mugs = api.post(f"/deals/{deal.deal_id}/quotes", {"valid_until": "2031-03-30"}).json
    other = make_deal(title="Frames", customer_id=make_customer(last_name="Babbage").person_id, lines=[make_product()])
    frames = api.post(f"/deals/{other.deal_id}/quotes", {"valid_until": "2031-03-30"}).json
    api.post(f"/quotes/{frames['id']}/withdrawal")

    def found(asked: str) -> set[str]:
        return {one["id"] for one in api.get(f"/quotes?{asked}").json["data"]}

    assert found("") == {mugs["id"], frames["id"]}
    assert found("q=babbage") == {frames["id"]}
    assert found("state=open") == {mugs["id"]}
    first = api.get("/quotes?limit=1&sort=total").json
    second = api.get(first["next"]).json
    assert {first["data"][0]["id"], second["data"][0]["id"]} == {mugs["id"], frames["id"]}
    assert api.get("/quotes?state=lost").status_code == 422


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_until": "2198-01-01"}, "valid_until"),
        ({"replaces": "00000000-0000-0000-0000-000000000000"}, "replaces"),
        ({"terms": "x" * 6_000}, "terms"),
    ],
)
def test_what_makes_no_sense_is_refused(api, deal, wrong, field):
    answer = api.post(f"/deals/{deal.deal_id}/quotes", {"valid_until": "2031-03-30", **wrong})
    assert (answer.status_code, field in answer.json["errors"]) == (422, True)


def test_it_takes_the_right(api, program, admin, deal):
    path = f"/deals/{deal.deal_id}/quotes"
    made = api.post(path, {"valid_until": "2031-03-30"}).json
    reader = program(admin, "deals.read")
    assert reader.get(f"/quotes/{made['id']}").status_code == 200
    for asked in (
        path,
        f"/quotes/{made['id']}/mailing",
        f"/quotes/{made['id']}/withdrawal",
        f"/quotes/{made['id']}/link",
    ):
        assert reader.post(asked, {}).status_code == 403
