"""Importing companies: one line, one company, found again by domain or name."""

from collections.abc import Callable
from typing import Any

from app.companies import actions, details
from app.companies.models import Company
from app.core.db import db, new_id
from app.core.errors import Invalid
from app.core.texts import folded
from app.engine.custom_fields.imports import Taker
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, ImportKind, Parse
from app.engine.imports.runs import Outcome, Run
from app.people import details as of_people

ROWS_PER_STEP = 1_000

FIELDS = (
    Field("name", "Name", ("company", "company name", "account", "organisation", "organization"), True),
    Field("domain", "Domain", ("email domain", "web domain")),
    Field("website", "Website", ("url", "web", "homepage", "web site")),
    Field("phone", "Phone", ("telephone", "tel", "phone number")),
    Field("address", "Address", ("street", "postal address")),
    Field("country", "Country"),
    Field("industry", "Industry", ("sector", "line of business", "branch")),
    Field("staff", "People who work there", ("employees", "size", "headcount", "number of employees"), type="number"),
)


def parser(how: Reading) -> Parse:
    """A reader of companies."""
    readers: dict[str, Callable[[str], Any]] = {
        "name": details.name,
        "domain": details.domain,
        "website": details.website,
        "phone": lambda text: of_people.phone(text, how.country) or "",
        "address": lambda text: of_people.address(text) or "",
        "country": of_people.name,
        "industry": details.industry,
        "staff": details.staff,
    }

    def parse(row: dict[str, str]) -> dict[str, Any]:
        values = {}
        for field in FIELDS:
            try:
                values[field.key] = readers[field.key](row[field.key])
            except Invalid as refusal:
                raise BadCell(f"{field.label}: {refusal}") from None
        return values

    return parse


def show(values: dict[str, Any], _how: Reading) -> tuple[str, ...]:
    """A company in words, for the preview."""
    shown = {**values, "phone": of_people.readable_phone(values["phone"])}
    return tuple("" if shown[field.key] is None else str(shown[field.key]) for field in FIELDS)


def apply(run: Run) -> None:
    """Add or change a company for each row that waits, some hundred at a step."""
    run.progress.begin("Writing companies", run.count_waiting())
    for rows in run.waiting(ROWS_PER_STEP):
        known, own = _find_known([values for _line, values in rows]), Taker("company", [row for _line, row in rows])
        outcomes = [_take(line, values, known, own) for line, values in rows]
        db.session.flush()
        run.end_step(outcomes)


def _find_known(rows: list[dict[str, Any]]) -> dict[str, Company]:
    """Every company that some rows may mean, by domain and by name."""
    names = {asked for values in rows for asked in (values["name"], values["domain"]) if asked}
    meant = actions.find_meant(names)
    return {folded(asked): db.session.get_one(Company, company_id) for asked, company_id in meant.items()}


def _take(line: int, values: dict[str, Any], known: dict[str, Company], own: Taker) -> Outcome:
    """Make one row a company, or change the one it means; what the row leaves empty stays."""
    said = {key: value for key, value in values.items() if value not in ("", None)}
    name, domain = folded(values["name"]), values["domain"]
    company = (known.get(domain) if domain else None) or known.get(name)
    if company is not None and domain and company.domain and company.domain != domain:
        company = None  # another company of the same name
    company_id = company.company_id if company else new_id()
    try:
        said["custom"] = own.put(company_id, company.custom if company else {}, values, is_new=not company)
    except BadCell as bad:
        return Outcome(line, "rejected", str(bad), field=bad.field)
    if company is None:
        company = Company(company_id=company_id, **said)
        db.session.add(company)
        outcome = Outcome(line, "created", "", company.company_id)
    else:
        if name == folded(company.name):
            del said["name"]  # written otherwise, it is the same name
        changed = sorted(key for key, value in said.items() if getattr(company, key) != value)
        for key in changed:
            setattr(company, key, said[key])
        outcome = Outcome(line, "updated" if changed else "unchanged", ", ".join(changed), company.company_id)
    known[name] = company
    if company.domain:
        known[company.domain] = company
    return outcome


KIND = ImportKind(
    key="companies",
    label="Companies",
    needs="One line for each company. A company is found again by its domain or its name, and then updated.",
    fields=FIELDS,
    parser=parser,
    shown=tuple(field.label for field in FIELDS),
    show=show,
    apply=apply,
    numbers=("People who work there",),
)
