"""A receipt as a PDF file: one typeface, figures aligned at the right."""

from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, VAlign, XPos, YPos

from app.core.money import format_money
from app.sales.models import Transaction
from app.sales.queries import Paper

FONTS = Path(__file__).parent / "fonts"
MARGIN_MM = 24
INK, QUIET, LINE = (28, 31, 34), (95, 103, 112), (214, 218, 222)


def draw(paper: Paper, workspace: str, time_zone: str) -> bytes:
    """The whole file."""
    receipt = paper.receipt
    sheet = Sheet(f"{workspace} · {receipt.label}")
    sheet.heading(workspace, "Refund" if receipt.is_refund else "Receipt")
    sheet.facts(_facts(paper, time_zone))
    if paper.lines:
        sheet.lines([_row(line) for line in paper.lines])
    else:
        sheet.remark("The lines of this month are put away; the total stands.")
    sheet.total("Given back" if receipt.is_refund else "Total", format_money(receipt.total_minor, receipt.currency))
    if receipt.refunded_minor:
        sheet.total("Given back since", format_money(receipt.refunded_minor, receipt.currency), is_main=False)
        sheet.total("Left", format_money(receipt.left_minor, receipt.currency))
    sheet.remark("Paid back." if receipt.is_refund else "Paid. Thank you.")
    return bytes(sheet.output())


def _facts(paper: Paper, time_zone: str) -> list[tuple[str, str]]:
    receipt = paper.receipt
    moment = format_datetime(receipt.at.astimezone(ZoneInfo(time_zone)), "d MMMM y, HH:mm", locale="en_GB")
    facts = [("Number", receipt.label), ("Date", moment), ("Customer", paper.customer_name)]
    if paper.served_by:
        facts.append(("Served by", paper.served_by))
    if paper.sale:
        facts.append(("Refund of", paper.sale.label))
    if receipt.reason:
        facts.append(("Reason", receipt.reason))
    return facts


def _row(line: Transaction) -> tuple[str, str, str, str]:
    pieces = f"{line.quantity:,}" if line.quantity else "–"
    return line.description, pieces, line.price_label, format_money(line.amount_minor, line.currency)


class Sheet(FPDF):
    """A4 with the house's margins and typeface."""

    def __init__(self, title: str):
        super().__init__(format="A4")
        self.set_title(title)
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM)
        self.add_font("Inter", "", FONTS / "inter-4.001-regular.ttf")
        self.add_font("Inter", "B", FONTS / "inter-4.001-semibold.ttf")
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.add_page()
        self._write("", 10)

    def footer(self) -> None:
        """The page's number, when there is more than one."""
        if self.page_no() > 1 or self.pages_count > 1:
            self.set_y(-MARGIN_MM + 6)
            self._write("", 8, QUIET)
            self.cell(0, 5, f"Page {self.page_no()}", align="R")

    def heading(self, workspace: str, kind: str) -> None:
        """Who, and what this is."""
        self._write("B", 12)
        self.cell(self.epw / 2, 9, workspace)
        self._write("B", 20)
        self.cell(0, 9, kind, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(10)

    def facts(self, pairs: list[tuple[str, str]]) -> None:
        """Label and value, a line each."""
        for label, value in pairs:
            self._write("", 9, QUIET)
            self.cell(32, 6, label)
            self._write("", 10)
            self.multi_cell(0, 6, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(8)

    def lines(self, rows: list[tuple[str, str, str, str]]) -> None:
        """What was sold: a table that continues on the next page with its head."""
        self._write("", 10)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=(50, 14, 18, 18),
            text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
            line_height=5.5,
            v_align=VAlign.T,
            padding=(2, 0, 2, 0),
            first_row_as_headings=True,
        ) as table:
            for row in (("Description", "Pieces", "Each", "Amount"), *rows):
                table.row(row)
        self.ln(2)

    def total(self, label: str, amount: str, *, is_main: bool = True) -> None:
        """A sum under the column of amounts."""
        self._write("B" if is_main else "", 12 if is_main else 10)
        self.cell(self.epw * 0.7, 8, label, align="R")
        self.cell(0, 8, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def remark(self, words: str) -> None:
        """A quiet sentence."""
        self.ln(6)
        self._write("", 9, QUIET)
        self.multi_cell(0, 5, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write(self, style: str, size: int, ink: tuple[int, int, int] = INK) -> None:
        self.set_font("Inter", style, size)
        self.set_text_color(*ink)
