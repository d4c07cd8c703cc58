"""003-68: levels DEBUG to ERROR, set at run time for each component."""

import logging

from app.core import log_levels


def test_a_level_set_by_command_is_taken_up_by_a_running_process(app, browser, monkeypatch):
    component = logging.getLogger("app.people")
    assert component.getEffectiveLevel() == logging.WARNING
    answer = app.test_cli_runner().invoke(args=["log-level", "app.people", "DEBUG"])
    assert "app.people logs at DEBUG" in answer.output
    component.setLevel(logging.NOTSET)  # what another process still has
    monkeypatch.setattr(log_levels, "_read_at", -1000.0)
    browser().get("/sign-in")
    assert component.getEffectiveLevel() == logging.DEBUG
    app.test_cli_runner().invoke(args=["log-level", "app.people", ""])
    assert component.getEffectiveLevel() == logging.WARNING
