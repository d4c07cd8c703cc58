"""`flask schedules` in the terminal."""

import pytest

from app.engine.schedules import ticks
from tests.engine.schedules.conftest import runs_of


@pytest.fixture
def flask(app):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["schedules", *words])


def test_schedules_are_listed_and_shown(flask, schedule):
    schedule()
    ticks.tick()
    listed = flask("list").output
    assert "last queued" in listed
    assert "Sheep: every day" in listed
    shown = flask("show", "Sheep").output
    assert shown.count("  due  ") == 20
    assert shown.count("  ran  ") == 1


def test_schedules_are_run_paused_and_resumed(flask, db, schedule):
    made = schedule()
    assert "is queued" in flask("run", str(made.schedule_id)).output
    assert runs_of(db, made) == [("queued", None)]
    assert flask("pause", "Sheep").output == "Sheep is paused\n"
    assert flask("list", "--state", "active").output == "0 schedules\n"
    assert flask("resume", "Sheep").output == "Sheep is active\n"


def test_which_one_is_meant_must_be_clear(flask, schedule):
    schedule()
    schedule()
    assert "Several are called so" in flask("pause", "Sheep").output
    assert flask("pause", "Goats").exit_code == 1
