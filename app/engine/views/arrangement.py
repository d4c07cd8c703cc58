"""The menu that lays a list out: its columns in their order, those that are shown, the group and the sort.

All of it travels in the form, and its outcome is the list's address.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.errors import NotFound
from app.engine.views.columns import LISTS, Column, Layout, read_layout

LAID_OUT = ("columns", "group", "sort", "after", "before")
WORDS = {
    "money": ("smallest first", "largest first"),
    "number": ("smallest first", "largest first"),
    "figure": ("smallest first", "largest first"),
    "when": ("oldest first", "newest first"),
    "day": ("oldest first", "newest first"),
}
A_TO_Z = ("A to Z", "Z to A")
STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Arrangement:
    """A list's columns in the menu's order, with the layout they make.

    `before` is the list's state when the menu was opened, `kept` the part of it that the menu leaves alone.
    """

    layout: Layout
    columns: list[Column]
    kept: list[tuple[str, str]]
    before: str

    @property
    def sorts(self) -> list[tuple[str, str]]:
        """The orders to choose from, each with its words."""
        return [
            (sign + one.sort, f"{one.label}, {words}")
            for one in self.layout.listing.columns.values()
            if one.sort and one in self.columns
            for sign, words in zip(("", "-"), one.sort_words or WORDS.get(one.draws, A_TO_Z), strict=True)
        ]

    @property
    def groups(self) -> list[Column]:
        """What the rows can be grouped by."""
        return [one for one in self.layout.listing.columns.values() if one.group and one in self.columns]

    @property
    def query(self) -> str:
        """The list's state with this layout."""
        layout = self.layout
        laid_out = {
            "columns": "" if layout.is_usual else ",".join(one.key for one in layout.columns),
            "group": layout.group_key,
            "sort": "" if layout.sort == layout.listing.sort else layout.sort,
        }
        return urlencode([*self.kept, *((key, value) for key, value in laid_out.items() if value)], safe=",")

    @property
    def address(self) -> str:
        """The list laid out like this, from its first page."""
        return self._at(self.query)

    @property
    def usual_address(self) -> str:
        """The list as it usually is laid out."""
        return self._at(urlencode(self.kept))

    @property
    def back(self) -> str:
        """The list as it was."""
        return self._at(self.before)

    def _at(self, query: str) -> str:
        return f"{self.layout.listing.path}?{query or 'view='}"


def read_arrangement(values: MultiDict[str, str], actor: Actor) -> Arrangement:
    """The menu as it was sent, after what its button does; opened, the list as it stands. Raises: NotFound."""
    listing = LISTS.get(values.get("list", ""))
    if listing is None or not listing.columns or not actor.can(listing.permission):
        raise NotFound
    state = MultiDict(parse_qsl(values.get("query", "")))
    known = {one.key: one for one in listing.columns_for(actor)}
    keys = [key for key in dict.fromkeys(values.getlist("order")) if key in known]
    if keys:
        _move(keys, values.get("do", ""))
        shown = set(values.getlist("show"))
        state["columns"] = ",".join(key for key in keys if key in shown)
        state["group"], state["sort"] = values.get("group", ""), values.get("sort", "")
    layout = read_layout(listing.path, state, actor)
    keys = keys or [one.key for one in layout.columns]
    columns = [known[key] for key in dict.fromkeys([*list(known)[:1], *keys, *known])]
    kept = [(key, value) for key, value in state.items(multi=True) if key not in LAID_OUT]
    return Arrangement(layout, columns, kept, values.get("query", ""))


def _move(keys: list[str], what: str) -> None:
    """Do what a button says: "up:country", "move:country:columns:0"; the first column stays where it is."""
    step, _, rest = what.partition(":")
    key, _, place = rest.partition(":")
    if key not in keys[1:]:
        return
    present = keys.index(key)
    number = place.rpartition(":")[2]
    wanted = int(number[:4]) + 1 if step == "move" and number.isdigit() else present + STEPS.get(step, 0)
    keys.remove(key)
    keys.insert(max(1, min(wanted, len(keys))), key)
