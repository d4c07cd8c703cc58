"""Contacts as address books keep them, made into rows of one and the same columns.

An address book writes several emails and phones for one person, each with its kind. The first of
each goes to a column of its own, what has none to the last column, named: nothing is left out.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app.engine.imports.cells import BadCell
from app.engine.imports.reading import Row

HEADER = ("First name", "Last name", "Email", "Phone", "Company", "Address", "Country", "Tags", "Notes", "Also")
BOOKS = {"google": "Google Contacts", "outlook": "Outlook"}
SEVERAL = " ::: "  # how Google writes several values of one kind into one cell
GOOGLE = re.compile(r"(E-mail|Phone|Address|Website|Event|Relation|Custom Field) (\d+) - (\w[\w .]*)")
OUTLOOK_ADDRESSES = ("Business", "Home", "Other")
OUTLOOK_PHONES = (
    "Mobile Phone",
    "Primary Phone",
    "Business Phone",
    "Business Phone 2",
    "Home Phone",
    "Home Phone 2",
    "Company Main Phone",
    "Other Phone",
    "Car Phone",
    "Assistant's Phone",
)
OUTLOOK_FAXES = ("Business Fax", "Home Fax", "Other Fax")
Cells = dict[str, str]


@dataclass
class Contact:
    """One contact; each of `emails`, `phones` and `also` is (its kind or "", what it says)."""

    first: str = ""
    last: str = ""
    company: str = ""
    emails: list[tuple[str, str]] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[tuple[str, str]] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    note: str = ""
    also: list[tuple[str, str]] = field(default_factory=list)

    def row(self) -> list[str]:
        """The contact in the columns of `HEADER`; a company without a person is called by its own name."""
        emails, phones, addresses = (_each_once(found) for found in (self.emails, self.phones, self.addresses))
        more = (("Email", emails[1:]), ("Phone", phones[1:]), ("Address", addresses[1:]))
        also = [f"{_named(what, kind)}: {words}" for what, found in more for kind, words in found]
        also += [f"{what}: {words}" for what, words in self.also if words]
        first, last = (self.first, self.last) if self.first or self.last else ("", self.company)
        email, phone, address = (found[0][1] if found else "" for found in (emails, phones, addresses))
        country = next(filter(None, self.countries), "")
        tags = ", ".join(self.tags)
        return [first, last, email, phone, self.company, address, country, tags, self.note, "\n".join(also)]


def _named(what: str, kind: str) -> str:
    return f"{what} ({kind.lower()})" if kind else what


def _each_once(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that say something, each once."""
    said: dict[str, tuple[str, str]] = {}
    for kind, words in found:
        if words:
            said.setdefault(words.casefold(), (kind, words))
    return list(said.values())


def recognise(header: Sequence[str]) -> str:
    """The address book that writes such a header, "" for none."""
    names = set(header)
    if {"E-mail 1 - Value", "Phone 1 - Value"} & names and {"Given Name", "First Name"} & names:
        return "google"
    if {"First Name", "Last Name", "E-mail Address"} <= names and {"Mobile Phone", "Business Phone"} & names:
        return "outlook"
    return ""


def as_contacts(rows: Iterator[Row], book: str) -> Iterator[Row]:
    """The rows of an address book, header first, as rows of contacts."""
    line, header = next(rows, (1, []))
    if isinstance(header, BadCell):
        yield line, header
        return
    yield line, list(HEADER)
    names = [name.strip() for name in header]
    read = READERS[book]
    for line, cells in rows:
        if isinstance(cells, BadCell):
            yield line, cells
            continue
        contact = read({name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()})
        row = contact.row()
        if any(row):
            yield line, row


def read_google(cells: Cells) -> Contact:
    """A line of Google Contacts, with the names of columns before and after 2024."""
    contact = Contact(
        first=_joined(cells, "First Name", "Given Name", "Middle Name", "Additional Name"),
        last=_joined(cells, "Last Name", "Family Name", "Name Suffix"),
        company=cells.get("Organization Name") or cells.get("Organization 1 - Name", ""),
        note=cells.get("Notes", ""),
        tags=[label.lstrip("* ") for label in _several(cells.get("Labels") or cells.get("Group Membership", ""))],
    )
    if not (contact.first or contact.last):
        contact.first, _, contact.last = (cells.get("Name") or cells.get("File As", "")).rpartition(" ")
    contact.tags = [tag for tag in contact.tags if tag and tag not in ("myContacts", "Other Contacts", "starred")]
    for name, words in cells.items():
        if found := GOOGLE.fullmatch(name):
            _take_google(contact, found, words, cells)
    contact.also += _told(cells, "Name Prefix", "Nickname", "Birthday")
    contact.also += [("Position", cells.get("Organization Title") or cells.get("Organization 1 - Title", ""))]
    return contact


def _take_google(contact: Contact, found: re.Match[str], words: str, cells: Cells) -> None:
    what, number, part = found.groups()
    kind = (cells.get(f"{what} {number} - Label") or cells.get(f"{what} {number} - Type", "")).lstrip("* ")
    if what == "Address" and part == "Formatted":
        contact.addresses += [(kind, one) for one in _several(words)]
    elif what == "Address" and part == "Country":
        contact.countries += _several(words)
    elif part == "Value" and what in ("E-mail", "Phone"):
        kept = contact.emails if what == "E-mail" else contact.phones
        kept += [(kind, one) for one in _several(words)]
    elif part == "Value":
        contact.also += [(_named(what, kind), one) for one in _several(words)]


def read_outlook(cells: Cells) -> Contact:
    """A line of Outlook, for the desktop or on the web."""
    contact = Contact(
        first=_joined(cells, "First Name", "Middle Name"),
        last=_joined(cells, "Last Name", "Suffix"),
        company=cells.get("Company", ""),
        note=cells.get("Notes", ""),
        tags=[tag.strip() for tag in cells.get("Categories", "").replace(",", ";").split(";") if tag.strip()],
        emails=[("", cells.get(name, "")) for name in ("E-mail Address", "E-mail 2 Address", "E-mail 3 Address")],
        phones=[(name.replace(" Phone", ""), cells.get(name, "")) for name in OUTLOOK_PHONES],
    )
    for kind in OUTLOOK_ADDRESSES:
        contact.addresses.append((kind, _outlook_address(cells, kind)))
        contact.countries.append(cells.get(f"{kind} Country/Region") or cells.get(f"{kind} Country", ""))
    contact.also += _told(cells, *OUTLOOK_FAXES, "Title", "Nickname", "Job Title", "Department", "Web Page")
    contact.also += [(what, day) for what, day in _told(cells, "Birthday", "Anniversary") if day.strip("0/")]
    return contact


def _outlook_address(cells: Cells, kind: str) -> str:
    streets = [cells.get(f"{kind} {part}", "") for part in ("Street", "Street 2", "Street 3", "Address PO Box")]
    place = _joined(cells, f"{kind} City", f"{kind} State", f"{kind} Postal Code")
    return "\n".join(filter(None, (*streets, place)))


def _told(cells: Cells, *names: str) -> list[tuple[str, str]]:
    return [(name, cells[name]) for name in names if name in cells]


def _joined(cells: Cells, *names: str) -> str:
    return " ".join(filter(None, (cells.get(name, "") for name in names)))


def _several(words: str) -> list[str]:
    return [one.strip() for one in words.split(SEVERAL) if one.strip()]


READERS: dict[str, Callable[[Cells], Contact]] = {"google": read_google, "outlook": read_outlook}
