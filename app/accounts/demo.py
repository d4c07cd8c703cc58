"""The demo's people, offered as buttons on the sign-in page of a demo and nowhere else."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoPerson:
    """Somebody a visitor of the demo may be."""

    role: str
    email: str
    password: str


def people(file: Path | None) -> list[DemoPerson]:
    """Whom the demo's file names; nobody when there is no demo."""
    if file is None or not file.is_file():
        return []
    listed = json.loads(file.read_text(encoding="utf-8")).get("people", {})
    return [DemoPerson(role, one["email"], one["password"]) for role, one in listed.items()]
