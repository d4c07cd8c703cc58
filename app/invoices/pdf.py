"""An invoice as a PDF file, on the same sheet as receipts."""

from datetime import date

from babel.dates import format_date

from app.core.money import format_money
from app.invoices.queries import InvoiceSheet
from app.sales.pdf import Sheet


def draw(sheet: InvoiceSheet, workspace: str) -> bytes:
    """The whole file."""
    row, invoice = sheet.row, sheet.row.invoice
    paper = Sheet(f"{workspace} · {invoice.label}")
    paper.heading(workspace, invoice.title)
    paper.facts(_facts(sheet))
    paper.lines(
        [
            (
                f"{line.description} ({line.tax_label})" if invoice.tax_minor else line.description,
                f"{line.quantity:,}",
                format_money(line.unit_price_minor, invoice.currency),
                format_money(line.amount_minor, invoice.currency),
            )
            for line in sheet.lines
        ]
    )
    for rate in invoice.by_rate if invoice.tax_minor else ():
        net = format_money(rate.net_minor, invoice.currency)
        paper.total(f"{rate.label} on {net}", format_money(rate.tax_minor, invoice.currency), is_main=False)
    paper.total("Total", format_money(invoice.total_minor, invoice.currency))
    if row.state == "paid":
        paper.remark("Paid. Thank you.")
    elif row.due_minor and row.due_minor != invoice.total_minor:
        paper.total("Still to be paid", format_money(row.due_minor, invoice.currency))
    for words in (invoice.foot, invoice.issuer):
        if words:
            paper.remark(words)
    return bytes(paper.output())


def _facts(sheet: InvoiceSheet) -> list[tuple[str, str]]:
    invoice = sheet.row.invoice
    facts = [
        ("Number", invoice.label),
        ("Issued", _day(invoice.issued_on)),
        ("For", sheet.billed_to),
        ("Order", sheet.row.order.label),
    ]
    if invoice.due_on:
        facts.append(("Pay by", _day(invoice.due_on)))
    if sheet.credited:
        facts.append(("Takes back", sheet.credited.label))
    if invoice.reason:
        facts.append(("Reason", invoice.reason))
    return facts


def _day(day: date) -> str:
    return format_date(day, "d MMMM y", locale="en_GB")
