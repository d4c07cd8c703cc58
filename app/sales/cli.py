"""Commands about the books: `flask sales …`."""

from collections.abc import Callable
from datetime import date, datetime

import click
from flask.cli import AppGroup

from app.core.db import db
from app.core.errors import DomainError
from app.sales import months

sales = AppGroup("sales", help="Care for the books.")


class MonthType(click.ParamType):
    """A month as people type it: 2011-01."""

    name = "month"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it, or say what is expected."""
        try:
            return datetime.strptime(value, "%Y-%m").date()
        except ValueError:
            self.fail("Write the month as 2011-01.", param, ctx)


MONTH = MonthType()


@sales.command("months")
def show_months() -> None:
    """List the months of the books."""
    found = months.list_months()
    for month in found:
        click.echo(
            f"{month.month:%Y-%m}  about {month.lines:>10,} lines  {'' if month.attached else 'put away'}".rstrip()
        )
    click.echo(f"{len(found)} months")


@sales.command("detach-month")
@click.argument("month", type=MONTH)
def detach_month(month: date) -> None:
    """Put a month's lines away, into a table of their own."""
    _report(months.detach_month, month, "is put away in the table")


@sales.command("attach-month")
@click.argument("month", type=MONTH)
def attach_month(month: date) -> None:
    """Bring a month's lines back into the books."""
    _report(months.attach_month, month, "is in the books again, from the table")


def _report(act: Callable[[date], months.Month], month: date, done: str) -> None:
    try:
        found = act(month)
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    click.echo(f"{month:%B %Y} {done} {found.name}.")
