"""`flask import KIND FILE`: the same import, in the terminal."""

from pathlib import Path

import click

from app.core import jobs
from app.core.access import SYSTEM
from app.core.db import db
from app.core.errors import DomainError
from app.core.money import format_money
from app.engine.imports import actions, guessing
from app.engine.imports.kinds import KINDS
from app.engine.imports.models import Import


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "columns", multiple=True, metavar="FIELD=HEADER", help="Which column holds a field; none: FIELD="
)
@click.option("--date-order", type=click.Choice(list(guessing.DATE_ORDERS)), help="Instead of the guessed one.")
@click.option("--sheet", help="Which sheet of a spreadsheet, instead of the first that holds something.")
@click.option("--source", default="", help="How you know what the file says for others, such as who agreed.")
@click.option("--dry-run", is_flag=True, help="Read and judge every row, change nothing.")
def import_file(
    *,
    kind: str,
    file: Path,
    columns: tuple[str, ...],
    date_order: str | None,
    sheet: str | None,
    source: str,
    dry_run: bool,
) -> None:
    """Import FILE as KIND (customers, products, transactions); safe to run twice."""
    jobs.get_ready()
    if kind not in KINDS:
        raise click.BadParameter(f"choose one of {', '.join(KINDS)}", param_hint="KIND")
    try:
        with file.open("rb") as content:
            made = actions.upload(kind, file.name, content, actor=SYSTEM)
        actions.set_reading(
            made,
            encoding=made.encoding,
            delimiter=made.delimiter,
            date_order=date_order or made.date_order,
            sheet=sheet,
            actor=SYSTEM,
        )
        actions.set_mapping(made, _chosen(columns, made))
        actions.set_source_text(made, source)
        actions.prepare(made, dry_run=dry_run)
        for reason in made.reasons:
            click.echo(reason)
        actions.carry_out(made, actor=SYSTEM, tell=_say)
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    _summarise(made)


def _chosen(columns: tuple[str, ...], made: Import) -> dict[str, int]:
    """The columns that were guessed, with those that were named instead."""
    chosen, header = dict(made.mapping), made.header
    for pair in columns:
        field, _, name = pair.partition("=")
        chosen.pop(field, None)
        if name and name not in header:
            raise click.BadParameter(f"the file has no column “{name}”, only {', '.join(header)}", param_hint="--map")
        if name:
            chosen[field] = header.index(name)
    return chosen


def _say(done: int, total: int, words: str) -> None:
    click.echo(f"{done:>9,} of {total:,}  {words}")


def _summarise(made: Import) -> None:
    report = made.report or {}
    for month in report.get("months", []):
        total = format_money(month["amount_minor"], report["currency"])
        click.echo(f"{month['month']}  {month['lines']:>9,} lines  {total:>16}")
    counted = ", ".join(f"{count:,} {outcome}" for outcome, count in report["counts"].items() if count)
    click.echo(f"{'Dry run, nothing was changed: ' if made.is_dry_run else ''}{counted or 'no rows'}")
