"""002-61: filters, schedules, views and the outbox know nothing of customers, products or sales."""

import ast
from pathlib import Path

ENGINE = Path(__file__).parent.parent.parent / "app" / "engine"


def imported(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_the_engines_import_only_core_and_engines():
    files = list(ENGINE.rglob("*.py"))
    assert {"filters", "schedules", "views", "events"} <= {file.parent.name for file in files}
    for file in files:
        outside = {
            name
            for name in imported(file.read_text())
            if name.startswith("app.") and not name.startswith(("app.core", "app.engine"))
        }
        assert not outside, f"{file.name} imports {outside}"
