"""Reading vCards 2.1, 3.0 and 4.0: any number in a file, each a contact.

What phones write is often not what the standard says, so nothing is asked of a card but that it
begins and ends; what cannot be understood is passed over.
Source: vCard 2.1 (versit, 1996), RFC 2426, RFC 6350.
"""

import io
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from app.engine.imports.cells import BadCell
from app.engine.imports.contacts import HEADER, Contact
from app.engine.imports.reading import Row

BEGIN, END = "BEGIN:VCARD", "END:VCARD"
LONGEST_LINE = 100_000
LONGEST_PROPERTY = 20_000
MOST_PROPERTIES = 500
NEVER_ENDED = "The card is begun and never ended."
HEAD = re.compile(r'((?:[^":]|"[^"]*")*):(.*)', re.DOTALL)
PARAMETER = re.compile(r';((?:[^";]|"[^"]*")*)')
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
NOT_A_KIND = {"pref", "internet", "voice", "x400", ""}


@dataclass
class Property:
    """One property of a card: `kinds` are what it says of itself, such as home or fax."""

    name: str
    value: str
    group: str = ""
    kinds: list[str] = field(default_factory=list)
    is_preferred: bool = False

    @property
    def kind(self) -> str:
        """What it is among others of its name."""
        return " ".join(kind for kind in self.kinds if kind not in NOT_A_KIND)

    def parts(self) -> list[str]:
        """A value in parts, such as a name's."""
        return [_plain(part) for part in re.split(r"(?<!\\);", self.value)]

    def words(self) -> str:
        """The value as one text."""
        return _plain(self.value)


def is_cards(sample: str) -> bool:
    """The text begins as a file of vCards."""
    return sample.lstrip("\ufeff \r\n\t")[: len(BEGIN)].upper() == BEGIN


def rows_of(text: io.TextIOBase) -> Iterator[Row]:
    """Every card as (the line it begins on, cells), the header first."""
    yield 1, list(HEADER)
    for line, card in _cards(text):
        if isinstance(card, BadCell):
            yield line, card
            continue
        row = read_card(card).row()
        yield line, row if any(row) else BadCell("The card says nothing.")


def _cards(text: io.TextIOBase) -> Iterator[tuple[int, list[Property] | BadCell]]:
    """Every card with its properties; a card within a card is passed over."""
    begun, depth = 0, 0
    card: list[Property] = []
    for line, words in chain(_unfolded(text), [(0, BEGIN)]):
        mark = words.strip().upper()
        if mark == BEGIN and begun and not (card and card[-1].name == "AGENT"):
            yield begun, BadCell(NEVER_ENDED)
            begun = depth = 0
        if mark == BEGIN:
            depth += 1
            if depth == 1:
                begun, card = line, []
        elif mark == END and depth:
            depth -= 1
            if depth == 0:
                yield begun, card
                begun = 0
        elif depth == 1 and len(card) < MOST_PROPERTIES and (found := read_property(words)):
            card.append(found)


def _unfolded(text: io.TextIOBase) -> Iterator[tuple[int, str]]:
    """Lines as they were before they were folded, with their number; of a long one, such as a photo, the beginning."""
    whole, first, is_soft = "", 0, False
    for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), start=1):
        bare = line.rstrip("\r\n")
        if is_soft or (bare[:1] in (" ", "\t") and whole):
            whole = (whole.removesuffix("=") if is_soft else whole) + (bare if is_soft else bare[1:])
            whole = whole[:LONGEST_PROPERTY]
        else:
            if whole:
                yield first, whole
            whole, first = bare, number
        is_soft = whole.endswith("=") and "QUOTED-PRINTABLE" in whole[:200].upper()
    if whole:
        yield first, whole


def read_property(line: str) -> Property | None:
    """A line with a name, parameters and a value; None for what is none."""
    found = HEAD.fullmatch(line)
    if not found or not found[2].strip():
        return Property("AGENT", "") if line.upper().startswith("AGENT") else None
    head, value = found.groups()
    name, _, _rest = head.partition(";")
    group, _, bare = name.rpartition(".")
    made = Property(bare.strip().upper(), value, group.lower())
    charset, is_quoted = "utf-8", False
    for parameter in PARAMETER.findall(head):
        key, sign, said = parameter.replace('"', "").partition("=")
        key, said = (key.strip().upper(), said.strip()) if sign else ("TYPE", key.strip())
        is_quoted |= said.upper() == "QUOTED-PRINTABLE"
        if key == "CHARSET":
            charset = said
        elif key == "TYPE":
            made.kinds += said.lower().split(",")
        made.is_preferred |= key == "PREF" or "pref" in made.kinds
    if is_quoted:
        made.kinds = [kind for kind in made.kinds if kind != "quoted-printable"]
        made.value = _unquoted(value, charset)
    return made


def _unquoted(value: str, charset: str) -> str:
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return raw.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return raw.decode("utf-8", "replace")


def _plain(words: str) -> str:
    """The text without its escapes."""
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], words).strip()


def read_card(card: list[Property]) -> Contact:
    """A contact of a card's properties, the preferred ones first."""
    contact, labels = Contact(), _labels(card)
    for one in sorted(card, key=lambda one: not one.is_preferred):
        one.kinds += [labels[one.group].lower()] if one.group in labels else []
        if read := READERS.get(one.name):
            read(contact, one)
    formatted = next((one.words() for one in card if one.name == "FN"), "")
    if not (contact.first or contact.last) and formatted != contact.company:
        contact.first, _, contact.last = formatted.rpartition(" ")
    return contact


def _labels(card: list[Property]) -> dict[str, str]:
    """What Apple calls the properties of a group."""
    return {one.group: APPLE_LABEL.sub(r"\1", one.words()) for one in card if one.name == "X-ABLABEL" and one.group}


def _read_name(contact: Contact, one: Property) -> None:
    family, given, middle, prefix, suffix = (*one.parts(), "", "", "", "", "")[:5]
    contact.first, contact.last = " ".join(filter(None, (given, middle))), " ".join(filter(None, (family, suffix)))
    contact.also.append(("Name prefix", prefix))


def _read_company(contact: Contact, one: Property) -> None:
    company, *units = one.parts()
    contact.company = contact.company or company
    contact.also += [("Department", unit) for unit in units]


def _read_address(contact: Contact, one: Property) -> None:
    box, more, street, place, region, code, country = (*one.parts(), "", "", "", "", "", "", "")[:7]
    town = " ".join(filter(None, (place, region, code)))
    contact.addresses.append((one.kind, "\n".join(filter(None, (street, more, box, town)))))
    contact.countries.append(country)


def _read_email(contact: Contact, one: Property) -> None:
    contact.emails.append((one.kind, one.words().removeprefix("mailto:")))


def _read_phone(contact: Contact, one: Property) -> None:
    number = one.words().removeprefix("tel:")
    if "fax" in one.kinds or "pager" in one.kinds:
        contact.also.append((one.kind.capitalize(), number))
    else:
        contact.phones.append((one.kind.replace("cell", "mobile"), number))


def _read_tags(contact: Contact, one: Property) -> None:
    tags = (_plain(tag) for tag in re.split(r"(?<!\\),", one.value))
    contact.tags += [tag for tag in tags if tag and tag != "myContacts"]


def _read_note(contact: Contact, one: Property) -> None:
    contact.note = "\n".join(filter(None, (contact.note, one.words())))


def _read_more(contact: Contact, one: Property) -> None:
    contact.also.append((ALSO[one.name], one.words()))


ALSO = {"BDAY": "Birthday", "URL": "Website", "TITLE": "Position", "NICKNAME": "Nickname", "ROLE": "Role"}
READERS = {
    "N": _read_name,
    "ORG": _read_company,
    "ADR": _read_address,
    "EMAIL": _read_email,
    "TEL": _read_phone,
    "CATEGORIES": _read_tags,
    "NOTE": _read_note,
    **dict.fromkeys(ALSO, _read_more),
}
