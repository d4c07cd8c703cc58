"""Whom customers work for, as far as this floor knows: companies stand above, and say how one is found and made."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Actor
from app.core.errors import Invalid

LONGEST_NAME = 200


@dataclass(frozen=True)
class Directory:
    """The register of companies. `find` and `find_or_add` take names or domains as people type them."""

    find: Callable[[Collection[str]], Mapping[str, UUID]]
    find_or_add: Callable[..., Mapping[str, UUID]]
    find_names: Callable[[Actor, Collection[UUID]], Mapping[UUID, str]]


_directory: list[Directory] = []


def use(directory: Directory) -> None:
    """Say where companies are found."""
    _directory[:] = [directory]


def find(typed: str) -> UUID | None:
    """The company that is meant, if there is one."""
    return _directory[0].find([typed]).get(typed) if typed.strip() else None


def find_all(typed: Collection[str]) -> Mapping[str, UUID]:
    """The companies that are meant, as far as they are there, by what was typed."""
    return _directory[0].find(typed) if typed else {}


def find_or_add(typed: str, *, actor: Actor) -> UUID | None:
    """The company that is meant, added when there is none; None for nothing. Raises: Invalid."""
    return _directory[0].find_or_add([typed], actor=actor)[typed] if typed.strip() else None


def find_or_add_all(typed: Collection[str], *, actor: Actor) -> Mapping[str, UUID]:
    """The companies that are meant, by what was typed; in a few statements. Raises: Invalid."""
    return _directory[0].find_or_add(typed, actor=actor) if typed else {}


def name_of(actor: Actor, company_id: UUID | None) -> str:
    """A company's name, "" for none."""
    return _directory[0].find_names(actor, [company_id]).get(company_id, "") if company_id else ""


def check(actor: Actor, company_id: UUID | None) -> None:
    """Raises: Invalid for a company that is not there."""
    if company_id is not None and not name_of(actor, company_id):
        raise Invalid(errors={"company_id": ["There is no such company."]})
