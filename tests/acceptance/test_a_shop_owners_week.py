"""A shop owner brings in their customers, cleans them up, runs the week's deals, and undoes their worst mistake."""

from sqlalchemy import select

from app.deals.models import Deal
from app.engine.changes.models import ChangeSet
from app.people.models import Customer, Employee
from app.sales.models import Receipt
from tests.browser_client import Browser, text_of
from tests.factories import make_employee, make_pipeline, make_product
from tests.importing import FILES, address_of, send
from tests.spreadsheets import book, sheet_of

SPREADSHEET = [
    ["Name", "Email", "Phone", "Country"],
    ["Zoë Müller", "ZOE@blumen.example", "", "Germany"],
    ["R. Patel", "ravi@patel.example", "+44 20 7946 0991", "United Kingdom"],
    ["Ines Costa", "ines at costa.example", "", "Portugal"],
    ["Emeka Obi", "emeka@obi.example", "", "Nigeria"],
]


def bring_in(page: Browser, name: str, content: bytes, work) -> str:
    """The address of an import that is done."""
    address = address_of(send(page, content, name=name))
    page.post(f"{address}/run", {"mode": "run"})
    work()
    return address


def named(db, name: str) -> Customer:
    db.expire_all()
    return next(one for one in db.scalars(select(Customer)) if one.name == name)


def bring_them_in(page: Browser, work) -> None:
    """From a Google export, and from a spreadsheet in which one is known already and one has a slip to be mended."""
    address = bring_in(page, "google.csv", (FILES / "google.csv").read_bytes(), work)
    assert "Created 4" in text_of(page.get(address))
    address = address_of(send(page, book({"People": sheet_of(SPREADSHEET)}), name="people.xlsx"))
    page.post(f"{address}/run", {"mode": "dry"})
    work()
    assert "Left out 1" in text_of(page.get(address))
    mended = page.post(f"{address}/rows/4", {"cell_email": "ines@costa.example"}, fragment=True)
    assert "Mended: will be added" in text_of(mended)
    page.post(f"{address}/run", {"mode": "run"})
    work()
    told = text_of(page.get(address))
    assert "Created 3" in told
    assert "Updated 1" in told


def make_two_of_them_one(page: Browser, db, work) -> str:
    """Returns the id of who is kept."""
    page.post("/customers/duplicates/search")
    work()
    assert "Same phone" in text_of(page.get("/customers/duplicates"))
    ravi, other = named(db, "Ravi Patel"), named(db, "R. Patel")
    kept, gone = str(ravi.person_id), str(other.person_id)
    typed = {"of": [kept, gone], "keep": kept, "from_first_name": kept, "from_email": gone}
    merged = text_of(page.follow(page.post("/customers/merging", typed)))
    assert "ravi@patel.example" in merged
    assert "+44 20 7946 0991" in merged
    return kept


def win_the_weeks_deal(page: Browser, db, owner: Employee, buyer_id: str) -> None:
    """It is made, moves on, and is won by selling what it is about."""
    way, mugs = make_pipeline(), make_product(name="Mug", price_minor=12_00)
    deal_form = {"title": "Forty mugs", "value": "480", "currency": "GBP", "stage_id": str(way.open[0].stage_id)}
    page.post("/deals", {**deal_form, "owner_id": str(owner.person_id), "customer_id": buyer_id})
    deal = db.scalars(select(Deal)).one()
    page.post(f"/deals/{deal.deal_id}/place", {"stage_id": str(way.open[1].stage_id)}, fragment=True)
    sold = {"product": str(mugs.product_id), "quantity": "40", "price": "12", "discount": "0", "customer_id": buyer_id}
    assert "Sold with receipt" in text_of(page.follow(page.post(f"/deals/{deal.deal_id}/win", sold)))
    assert db.scalar(select(Receipt.total_minor)) == 480_00
    stream = text_of(page.get(f"/customers/{buyer_id}"))
    assert "Forty mugs" in stream
    assert "£480.00" in stream


def undo_the_worst_mistake(page: Browser, db) -> None:
    """Everybody becomes a former customer of Iceland; whom somebody mends meanwhile stays so, and is named."""
    before = {one.person_id: (one.stage, one.country) for one in db.scalars(select(Customer))}
    rows = {"list": "/customers", "query": "", "everything": str(len(before)), "expected": len(before)}
    values = {"set_stage": "1", "stage": "former", "set_country": "1", "country": "Iceland"}
    page.post("/bulk", {"do": "edit", **rows, **values})
    emeka = named(db, "Emeka Obi")
    assert (emeka.stage, emeka.country) == ("former", "Iceland")
    emeka_id = emeka.person_id
    mended = {"country": "Ghana", "seen_country": "Iceland"}
    assert page.post(f"/records/customer/{emeka_id}/fields/country", mended, fragment=True).status_code == 200
    mistake = db.scalars(select(ChangeSet).where(ChangeSet.kind == "bulk")).one()
    assert mistake.label in text_of(page.get("/changes"))
    report = text_of(page.follow(page.post(mistake.undo_path)))
    assert "Emeka Obi" in report
    db.expire_all()
    after = {one.person_id: (one.stage, one.country) for one in db.scalars(select(Customer))}
    assert after.pop(emeka_id) == ("former", "Ghana")
    del before[emeka_id]
    assert after == before


def test_a_shop_owners_week(browser, db, work):
    owner = make_employee("manager")
    page = browser(owner)
    bring_them_in(page, work)
    ravi_id = make_two_of_them_one(page, db, work)
    win_the_weeks_deal(page, db, owner, ravi_id)
    undo_the_worst_mistake(page, db)
