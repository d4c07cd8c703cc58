"""`flask import KIND FILE`: the same import, in the terminal."""

import sys
from pathlib import Path

import click

from app.core.access import SYSTEM
from app.core.db import db
from app.engine.imports import actions, jobs, queries, reading
from app.engine.imports.kinds import KINDS


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "columns", multiple=True, metavar="FIELD=HEADER", help="Which column holds a field.")
@click.option("--date-order", type=click.Choice(list(reading.DATE_ORDERS)), help="Instead of the guessed one.")
@click.option("--dry-run", is_flag=True, help="Read and judge every row, change nothing.")
def import_file(kind: str, file: Path, columns: tuple[str, ...], date_order: str | None, dry_run: bool) -> None:
    """Import FILE as KIND (customers, products, transactions); safe to run twice."""
    if kind not in KINDS:
        raise click.BadParameter(f"choose one of {', '.join(KINDS)}", param_hint="KIND")
    with file.open("rb") as content:
        made = actions.upload(kind, file.name, content, actor=SYSTEM)
    header = queries.preview(made).header
    mapping = dict(made.mapping)
    for pair in columns:
        field, _, name = pair.partition("=")
        if name not in header:
            raise click.BadParameter(f"the file has no column “{name}”", param_hint="--map")
        mapping[field] = header.index(name)
    actions.set_reading(
        made,
        encoding=made.encoding,
        delimiter=made.delimiter,
        date_order=date_order or made.date_order,
        mapping=mapping,
    )
    missing = actions.missing_fields(made)
    if missing:
        raise click.UsageError(f"name the column for {', '.join(missing)} with --map")
    made.is_dry_run, made.state = dry_run, "running"
    db.session.commit()
    report = jobs.run_import(made, SYSTEM)
    actions.finish(made, "done", report=report)
    db.session.commit()
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in report["counts"].items() if count))
    for month in report.get("months", []):
        click.echo(f"{month['month']}  {month['lines']:>8} lines  {month['amount_minor']:>14} minor units")
    if report["counts"]["pending"] and not dry_run:
        sys.exit(1)
