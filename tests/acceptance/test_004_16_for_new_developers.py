"""004-16: a newcomer's commands are the Makefile's, and the order of packages is kept by a program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]


def commands_in(document: str, heading: str) -> list[str]:
    """The commands of the first indented block below a heading."""
    section = (ROOT / document).read_text().split(f"## {heading}\n", 1)[1]
    block = re.search(r"(?:^ {4}.+\n)+", section, re.MULTILINE)
    assert block, heading
    return [line.split("#")[0].strip() for line in block[0].splitlines()]


def dry_run(target: str) -> str:
    """What make would do, without doing it."""
    found = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.slow
def test_the_way_from_a_clone_to_green_tests_is_made_of_known_commands():
    commands = commands_in("CONTRIBUTING.md", "From a clone to green tests")
    assert commands[0].startswith("git clone")
    assert {"make run", "make test", "make check"} <= set(commands)
    for command in commands[1:]:
        assert dry_run(command.removeprefix("make "))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("heading", "target", "program"), [("Start it", "run", "rapport.py"), ("Test it", "test", "pytest")]
)
def test_the_first_commands_of_the_readme_do_what_it_says(heading, target, program):
    assert commands_in("README.md", heading) == [f"make {target}"]
    assert program in dry_run(target)


def test_ci_runs_what_the_newcomer_runs():
    script = (ROOT / ".ci" / "run").read_text()
    for target in ("check", "test", "test-rest"):
        assert re.search(rf"^make .*\b{target}$", script, re.MULTILINE), target


def test_the_import_contracts_are_kept():
    kept = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert kept.returncode == 0, kept.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", kept.stdout)


@pytest.mark.slow
def test_an_import_upwards_is_refused(tmp_path):
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "app" / "core" / "money.py").open("a") as money:
        money.write("\nfrom app.sales import models  # noqa\n")
    broken = subprocess.run(LINT, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert broken.returncode != 0
    assert "app.core.money -> app.sales.models" in broken.stdout
