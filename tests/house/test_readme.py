"""The README's table of settings is what the code reads, neither more nor less."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAUNCHER = {"HOST", "PORT", "WEB_WORKERS", "DEMO"}


def settings_in_the_code() -> set[str]:
    source = (ROOT / "config.py").read_text()
    asked = set(re.findall(r'(?:env\.get|read)\("([A-Z_]+)"', source))
    required = re.search(r"for name in \(([^)]+)\)", source)
    assert required
    return asked | set(re.findall(r'"([A-Z_]+)"', required.group(1)))


def test_each_setting_is_in_the_readme_and_no_other():
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert documented == settings_in_the_code() | LAUNCHER


def test_the_launcher_reads_what_the_readme_says_of_it():
    sources = "".join((ROOT / name).read_text() for name in ("app/core/supervisor.py", "deploy/gunicorn.conf.py"))
    assert {name for name in LAUNCHER if f'"{name}"' in sources} == LAUNCHER


def test_each_command_of_the_documents_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "docs/operations.md", "docs/windows.md"):
        used = set(re.findall(r"(?:`|    )make ([a-z-]+)", (ROOT / name).read_text()))
        assert used <= targets, name


def test_links_between_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
            assert (ROOT / link).exists(), link
