"""Commands of the house itself."""

import sys

import click
from flask import Flask, current_app
from sqlalchemy import text

from app.core import access, reseal, schema_check
from app.core.crypto import CannotDecrypt
from app.core.db import db
from app.core.log import set_levels

SLOW = text(
    "SELECT calls, round(mean_exec_time::numeric, 1) AS milliseconds,"
    " left(regexp_replace(query, '\\s+', ' ', 'g'), 140)"
    " FROM pg_stat_statements WHERE calls > 0 ORDER BY total_exec_time DESC LIMIT :limit"
)
TRACE = text(
    """
    SELECT occurred_at AS at, 'event' AS kind, type || ' ' || payload::text AS what
    FROM events WHERE correlation_id = :id
    UNION ALL
    SELECT created_at, 'job', name || ' ' || state || ' (attempt ' || attempt || ')' FROM jobs
    WHERE correlation_id = :id
    UNION ALL
    SELECT created_at, 'mail', state || ' to ' || address || ': ' || subject FROM outgoing_mail
    WHERE correlation_id = :id
    UNION ALL
    SELECT at, 'audit', action || ' ' || table_name || ' ' || row_id FROM audit_log WHERE correlation_id = :id
    ORDER BY at
    """
)


def init(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (check_schema, list_routes, explain_slow, trace, set_log_level, seal_again):
        app.cli.add_command(command)


@click.command("schema-check")
def check_schema() -> None:
    """Compare every inherited table with its parent."""
    found = list(schema_check.problems())
    for problem in found:
        click.echo(problem)
    click.echo(f"{len(schema_check.children())} inherited tables, {len(found)} problems")
    if found:
        sys.exit(1)


@click.command("reseal")
@click.option("--check", is_flag=True, help="Only say how much waits.")
@click.option("--everything", is_flag=True, help="Also what has the present key: renews the indexes to find by.")
def seal_again(check: bool, everything: bool) -> None:
    """Seal encrypted values with the present data key, while everybody works on.

    Set DATA_KEY to the new key and OLD_DATA_KEYS to the old one, restart, run this, and take the old one away.
    """
    waiting = 0
    for place in reseal.places():
        if check:
            waiting += (old := place.count_old())
            click.echo(f"{place.label}: {old} wait")
            continue
        try:
            done = sum(place.seal_again(everything=everything))
        except CannotDecrypt as trouble:
            sentence = f"{place.label}: {trouble}. Add that key to OLD_DATA_KEYS; nothing is lost."
            raise click.ClickException(sentence) from None
        click.echo(f"{place.label}: {done} sealed again")
    if waiting:
        sys.exit(1)


@click.command("permissions")
def list_routes() -> None:
    """Show what each route asks for."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            asked = access.declared_permission(rule.endpoint, method)
            click.echo(f"{method:6} {rule.rule:50} {'REFUSED' if asked is None else asked or 'public'}")


@click.command("explain-slow")
@click.option("--limit", default=20, show_default=True)
def explain_slow(limit: int) -> None:
    """List the statements that took most time in total (pg_stat_statements)."""
    db.session.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))
    db.session.commit()
    for calls, milliseconds, query in db.session.execute(SLOW, {"limit": limit}):
        click.echo(f"{calls:>8} calls  {milliseconds:>9} ms  {query}")


@click.command("trace")
@click.argument("correlation_id")
def trace(correlation_id: str) -> None:
    """Print everything that carries one correlation id, in order."""
    rows = db.session.execute(TRACE, {"id": correlation_id}).all()
    for at, kind, what in rows:
        click.echo(f"{at:%Y-%m-%d %H:%M:%S.%f} {kind:5} {what}")
    click.echo(f"{len(rows)} entries for {correlation_id}")


@click.command("log-level")
@click.argument("component")
@click.argument("level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", ""]))
def set_log_level(component: str, level: str) -> None:
    """Set the level of one component ("app.people") in every running process; "" takes it back."""
    db.session.execute(
        text(
            "INSERT INTO settings (key, value) VALUES ('log_levels', "
            " jsonb_build_object(CAST(:name AS text), CAST(:level AS text)))"
            " ON CONFLICT (key) DO UPDATE SET value = settings.value || excluded.value, changed_at = now()"
        ).bindparams(name=component, level=level)
    )
    db.session.commit()
    set_levels({component: level})
    click.echo(f"{component} logs at {level or 'its parent’s level'} within a few seconds")
