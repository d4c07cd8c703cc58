"""A quote as a PDF file, in the manner of receipts."""

from collections.abc import Sequence

from app.core.display import day
from app.core.money import format_money
from app.deals.quotes.models import Quote, QuoteLine
from app.sales.pdf import Sheet
from app.taxes.calculating import total_by_rate


def draw(quote: Quote, lines: Sequence[QuoteLine], workspace: str, served_by: str) -> bytes:
    """The whole file."""
    sheet = Sheet(f"{workspace} · {quote.label}")
    sheet.heading(workspace, "Quote")
    facts = [("Number", quote.label), ("Date", day(quote.created_at)), ("For", quote.customer_name or "–")]
    if served_by:
        facts.append(("Made by", served_by))
    sheet.facts([*facts, ("Valid until", day(quote.valid_until))])
    sheet.lines([_row(line, quote.currency) for line in lines])
    for rate in total_by_rate(lines) if any(line.tax_minor for line in lines) else ():
        sheet.total(f"Net, {rate.label}", format_money(rate.net_minor, quote.currency), is_main=False)
        sheet.total(rate.label, format_money(rate.tax_minor, quote.currency), is_main=False)
    sheet.total("Total", format_money(quote.total_minor, quote.currency))
    if quote.terms:
        sheet.remark(quote.terms)
    return bytes(sheet.output())


def _row(line: QuoteLine, currency: str) -> tuple[str, str, str, str]:
    less = f" (less {line.discount_share * 100:g} %)" if line.discount_share else ""
    each = format_money(line.unit_price_minor, currency)
    return line.description + less, f"{line.quantity:,}", each, format_money(line.amount_minor, currency)
