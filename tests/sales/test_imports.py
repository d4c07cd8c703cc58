"""Files of sales: receipts, refunds and their sales, and what never comes into the books."""

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.people.models import Customer
from app.products.models import Product
from app.sales import months
from app.sales.imports import books
from app.sales.models import Receipt, Transaction
from tests.factories import make_customer, make_product
from tests.importing import bring_in, counts, reasons

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SALES = (
    HEADER
    + """1,A,Mug,3,12/13/10 8:26,2.55,17850,France
1,B,Tea,1,12/13/10 8:26,1.00,17850,France
C2,A,Mug,-2,12/14/10 9:00,2.55,17850,France
3,A,,-5,12/14/10 9:00,0,,France
4,A,Mug,1,12/15/10 9:00,2.55,,France
"""
)


def sales(*lines: str):
    """Import lines of `invoice,sku,quantity,date,price,customer`."""
    return bring_in("transactions", "invoice,sku,quantity,date,price,customer\n" + "\n".join(lines) + "\n")


def receipts(db) -> list[Receipt]:
    return list(db.scalars(select(Receipt).order_by(Receipt.number)))


def links(db) -> list[tuple[str, str | None]]:
    """Each refunded line's invoice with the invoice of its sale."""
    query = text(
        "SELECT r.source_reference, s.source_reference FROM transactions t JOIN receipts r USING (receipt_id)"
        " LEFT JOIN transactions st ON st.transaction_id = t.refund_of"
        " LEFT JOIN receipts s ON s.receipt_id = st.receipt_id WHERE t.quantity < 0 ORDER BY r.number, t.line"
    )
    return [tuple(row) for row in db.execute(query)]


def test_invoices_become_receipts_and_cancellations_refunds(db):
    made = bring_in("transactions", SALES)
    assert counts(made) == {"created": 3, "linked": 1, "rejected": 1}
    assert reasons(made) == {5: "No price and no customer: a stock correction, not a sale."}
    sale, refund, walk_in = receipts(db)
    assert [one.number for one in (sale, refund, walk_in)] == [1, 2, 3]
    assert [one.total_minor for one in (sale, refund, walk_in)] == [865, -510, 255]
    assert (refund.kind, refund.refund_of, sale.refunded_minor) == ("refund", sale.receipt_id, -510)
    assert made.report["months"] == [{"month": "2010-12", "lines": 4, "amount_minor": 610}]


def test_customers_are_made_by_reference(db):
    known = make_customer(reference="18000", first_name="Known")
    bring_in("transactions", SALES + "5,A,Mug,1,12/15/10 9:00,2.55,18000,Spain\n")
    found = {one.reference: one for one in db.scalars(select(Customer))}
    assert found["17850"].name == "Customer 17850"
    assert found["17850"].country == "France"
    assert (found["WALK-IN"].name, found["WALK-IN"].country) == ("Walk-in customers", "")
    assert (found["18000"].person_id, found["18000"].first_name) == (known.person_id, "Known")
    assert found["18000"].country == ""


def test_products_are_named_as_most_lines_name_them_and_cost_what_they_cost_last(db):
    known = make_product(sku="K", name="Kettle", price_minor=5000)
    sales_file = HEADER + (
        "1,A,MUG,1,12/13/10 8:26,2.00,1,\n2,A,Mug,1,12/14/10 8:26,3.00,1,\n3,A,Mug,1,12/15/10 8:26,0,1,\n"
        "4,POST,POSTAGE,1,12/15/10 8:26,4.50,1,\n5,PADS,PADS,1,12/15/10 8:26,0.001,1,\n6,K,old,1,12/15/10 8:26,1,1,\n"
    )
    assert counts(bring_in("transactions", sales_file)) == {"created": 6}
    found = {one.sku: (one.name, one.type, one.price_minor) for one in db.scalars(select(Product))}
    assert found["A"] == ("Mug", "good", 300)
    assert found["POST"] == ("POSTAGE", "service", 450)
    assert found["PADS"] == ("PADS", "good", 0)
    assert found["K"] == (known.name, "good", 5000)


def test_a_refund_goes_to_the_latest_earlier_sale_with_enough_left(db):
    sales(
        "1,A,5,1/1/2011,2.00,7",
        "2,A,3,2/1/2011,2.00,7",
        "3,A,9,9/1/2011,2.00,7",
        "4,A,9,3/1/2011,2.50,7",
        "5,A,9,3/1/2011,2.00,8",
        "C1,A,-2,4/1/2011,2.00,7",
        "C2,A,-2,4/1/2011,2.00,7",
        "C3,A,-2,5/1/2011,2.00,7",
        "C4,A,-2,6/1/2011,2.00,7",
    )
    assert links(db) == [("C1", "2"), ("C2", "1"), ("C3", "1"), ("C4", None)]
    unlinked = db.scalar(select(Receipt).where(Receipt.source_reference == "C4"))
    assert (unlinked.refund_of, unlinked.reason) == (None, "The sale could not be found.")


def test_refunds_in_a_later_file_count_what_was_given_back_before(db):
    sales("1,A,5,1/1/2011,2.00,7")
    assert counts(sales("C1,A,-3,2/1/2011,2.00,7")) == {"linked": 1}
    assert counts(sales("C2,A,-3,3/1/2011,2.00,7")) == {"created": 1}
    assert links(db) == [("C1", "1"), ("C2", None)]


def test_rounding_never_gives_back_more_money_than_was_paid(db):
    made = sales("1,A,2,1/1/2011,0.125,7", "C1,A,-1,2/1/2011,0.125,7", "C2,A,-1,3/1/2011,0.125,7")
    assert counts(made) == {"created": 2, "linked": 1}
    assert links(db) == [("C1", "1"), ("C2", None)]


def test_walk_in_refunds_are_linked_to_nobody_elses_sale(db):
    sales("1,A,5,1/1/2011,2.00,", "C1,A,-1,2/1/2011,2.00,")
    assert links(db) == [("C1", None)]


def test_a_second_time_nothing_changes(db):
    bring_in("transactions", SALES)
    before = db.execute(text("SELECT * FROM transactions ORDER BY transaction_id")).all()
    assert counts(bring_in("transactions", SALES)) == {"unchanged": 4, "rejected": 1}
    assert db.execute(text("SELECT * FROM transactions ORDER BY transaction_id")).all() == before
    assert [one.number for one in receipts(db)] == [1, 2, 3]


def test_lines_are_known_again_in_another_order_with_new_ones_beside_them(db):
    bring_in("transactions", SALES)
    header, *lines = SALES.splitlines()
    again = "\n".join([header, *reversed(lines), "9,A,Mug,1,1/2/11 9:00,2.55,17850,France"])
    assert counts(bring_in("transactions", again)) == {"created": 1, "unchanged": 4, "rejected": 1}


def test_equal_lines_of_one_invoice_are_all_kept(db):
    line = "1,A,1,1/1/2011,2.00,7"
    assert counts(sales(line, line)) == {"created": 2}
    assert counts(sales(line, line)) == {"unchanged": 2}
    made = sales(line, line, line)
    assert counts(made) == {"unchanged": 2, "rejected": 1}
    assert reasons(made) == {4: "This invoice was imported before with other lines; the books are not changed."}


def test_an_invoice_with_other_lines_leaves_the_books_alone(db):
    bring_in("transactions", SALES)
    made = bring_in("transactions", SALES.replace("Mug,3", "Mug,4"))
    assert counts(made) == {"unchanged": 3, "rejected": 2}
    assert db.scalar(select(func.sum(Receipt.total_minor))) == 610


def test_a_dry_run_foresees_links_and_what_is_known(db):
    sales("1,A,5,1/1/2011,2.00,7")
    foreseen = bring_in(
        "transactions",
        "invoice,sku,quantity,date,price,customer\n1,A,5,1/1/2011,2.00,7\nC1,A,-1,2/1/2011,2,7\n2,B,1,2/1/2011,1,9\n",
        dry_run=True,
    )
    assert counts(foreseen) == {"created": 1, "linked": 1, "unchanged": 1}
    assert foreseen.report["months"] == [{"month": "2011-01", "lines": 3, "amount_minor": 900}]
    assert len(receipts(db)) == 1
    assert db.scalar(select(func.count()).select_from(Customer)) == 1
    assert db.scalar(text("SELECT count(*) FROM staged_lines")) == 0


def test_receipts_are_numbered_by_time_whatever_the_files_order(db, monkeypatch):
    monkeypatch.setattr(books, "RECEIPTS_PER_STEP", 2)
    sales(*(f"{day},A,1,{day}/1/2011,2.00,7" for day in (9, 3, 7, 1, 5)))
    assert [(one.number, one.source_reference) for one in receipts(db)] == [
        (1, "1"),
        (2, "3"),
        (3, "5"),
        (4, "7"),
        (5, "9"),
    ]


def test_an_invoice_over_two_minutes_is_one_receipt(db):
    sales("1,A,1,1/1/2011 9:59,2.00,7", "1,B,1,1/1/2011 9:58,2.00,7")
    (one,) = receipts(db)
    assert one.at.minute == 58
    assert set(db.scalars(select(Transaction.at))) == {one.at}


def test_a_month_that_is_put_away_takes_nothing(db):
    sales("1,A,1,1/1/2011,2.00,7")
    months.detach_month(date(2011, 1, 1))
    db.commit()
    made = sales("2,A,1,2/1/2011,2.00,7", "3,A,1,2/2/2011,2.00,7")
    try:
        assert counts(made) == {"created": 1, "rejected": 1}
        assert reasons(made) == {2: "January 2011 is put away: bring it back first."}
    finally:
        months.attach_month(date(2011, 1, 1))
        db.commit()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,A,0,1/1/2011,2.00,7", "The quantity is zero."),
        ("1,A,1,1/1/2011,-2.00,7", "The price is below zero: a bookkeeping correction, not a sale."),
        ("1,A,x,1/1/2011,2.00,7", "Quantity “x” is not a whole number."),
        ("1,A,1,yesterday,2.00,7", "“yesterday” is not a date."),
        (",A,1,1/1/2011,2.00,7", "Invoice is missing."),
        ("1,A,1", "Date is missing."),
        (f"1,{'A' * 65},1,1/1/2011,2.00,7", "Product code has over 64 characters."),
        (f"{'1' * 101},A,1,1/1/2011,2.00,7", "Invoice has over 100 characters."),
        ("1,A,999999999,1/1/2011,999999999,7", "The amount is beyond measure."),
    ],
)
def test_a_line_that_is_no_sale_has_its_reason(db, line, reason):
    made = sales(line, "2,B,1,1/1/2011,1.00,7")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made) == {2: reason}


def test_a_free_gift_to_a_customer_is_a_sale_of_nothing(db):
    assert counts(sales("1,A,1,1/1/2011,0.00,7")) == {"created": 1}
    assert receipts(db)[0].total_minor == 0


def test_two_imports_of_one_file_at_once_put_it_into_the_books_once(db, monkeypatch):
    bring_in("transactions", SALES)
    with monkeypatch.context() as blind:
        blind.setattr(books, "_compare", lambda _run: None)  # as if the other had not committed yet
        with pytest.raises(IntegrityError, match="uq_receipts_imported"):
            bring_in("transactions", SALES)
    db.rollback()
    assert len(receipts(db)) == 3
