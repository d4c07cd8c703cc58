"""`flask schedules`: what comes due, in the terminal."""

import click
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.errors import DomainError
from app.engine.schedules import actions, due_times, queries
from app.engine.schedules.models import Schedule, ScheduleRun
from app.engine.schedules.words import moment_in_words

group = AppGroup("schedules", help="See, run, pause and resume schedules, each by its name or number.")


@group.command("list")
@click.option("--state", type=click.Choice(queries.STATES), default=None, help="Only these.")
@click.option("--limit", default=50, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """List schedules, the next to come due first."""
    page = queries.list_schedules(queries.ScheduleFilter(state=state or ""), size=limit)
    for schedule, last_run in page.rows:
        due = moment_in_words(schedule.next_due_at, schedule.time_zone) if schedule.next_due_at else schedule.state
        last = f"last {last_run.state}" if last_run else "never ran"
        click.echo(f"{schedule.schedule_id}  {due:22}  {last:12}  {schedule.name}: {schedule.in_words}")
    click.echo(f"{len(page.rows)} schedules{', and more' if page.next else ''}")


@group.command("show")
@click.argument("schedule")
def show(schedule: str) -> None:
    """Show the next due times and last runs of SCHEDULE."""
    found = _find(schedule)
    click.echo(f"{found.name} ({found.state}) runs {found.job} {found.in_words}")
    for time in due_times.next_times(found.rule, now(), 20) if found.paused_at is None else ():
        click.echo(f"  due  {moment_in_words(time, found.time_zone)}")
    for run in queries.list_runs(found.schedule_id):
        click.echo(f"  ran  {_line_of(run, found.time_zone)}")


def _line_of(run: ScheduleRun, zone: str) -> str:
    return f"{moment_in_words(run.due_at, zone)}  {run.state}{f': {run.error}' if run.error else ''}"


@group.command("run")
@click.argument("schedule")
def run(schedule: str) -> None:
    """Run SCHEDULE once now, outside its rule."""
    found = _find(schedule)
    try:
        made = actions.run_now(found, actor=SYSTEM)
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    click.echo(f"{found.name}: run {made.run_id} is {made.state}")


@group.command("pause")
@click.argument("schedule")
def pause(schedule: str) -> None:
    """Let SCHEDULE come due no more until it is resumed."""
    found = _find(schedule)
    actions.pause(found)
    db.session.commit()
    click.echo(f"{found.name} is {found.state}")


@group.command("resume")
@click.argument("schedule")
def resume(schedule: str) -> None:
    """Let SCHEDULE go on; what came due meanwhile is not made up for."""
    found = _find(schedule)
    actions.resume(found)
    db.session.commit()
    click.echo(f"{found.name} is {found.state}")


def _find(words: str) -> Schedule:
    """Raises: ClickException unless exactly one schedule is meant."""
    found = queries.find_named(words)
    if len(found) == 1:
        return found[0]
    numbers = ", ".join(str(one.schedule_id) for one in found)
    raise click.ClickException(f"Several are called so: {numbers}" if found else f"No schedule is called “{words}”.")
