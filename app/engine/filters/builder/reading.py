"""From a form to the draft that stands in it."""

from werkzeug.datastructures import MultiDict

from app.engine.filters import tree
from app.engine.filters.builder.drafts import KINDS_OF_GROUP, ROOT, Branch, Draft, Rule
from app.engine.filters.fields import Entity
from app.engine.filters.tree import BadFilter


def read(entity: Entity, form: MultiDict[str, str], currency: str) -> Draft:
    """The draft that stands in a form. Raises: BadFilter for one that is too large."""
    reader = _FormReader(form)
    draft = Draft(entity, reader.branch(ROOT, 1), currency)
    for rule in draft.rules():
        known = draft.operators(rule)
        if known and rule.op not in known:
            rule.op, rule.values = next(iter(known)), []
    return draft


class _FormReader:
    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form
        self.left = tree.MOST_LEAVES * 2

    def branch(self, path: str, depth: int) -> Branch:
        count = self.form.get(f"{path}.n", 0, int)
        self.left -= count
        if self.left < 0 or count < 0 or depth > tree.DEEPEST:
            raise BadFilter(f"A filter is at most {tree.DEEPEST} levels deep and asks {tree.MOST_LEAVES} questions.")
        nodes = [self.node(f"{path}.{number}", depth + 1) for number in range(count)]
        kind = self.form.get(f"{path}.kind", "all")
        return Branch(kind if kind in KINDS_OF_GROUP else "all", nodes, path)

    def node(self, path: str, depth: int) -> Branch | Rule:
        if f"{path}.n" in self.form:
            return self.branch(path, depth)
        form = self.form
        where = self.branch(f"{path}.w", depth + 1) if f"{path}.w.n" in form else None
        return Rule(
            subject=form.get(f"{path}.s", ""),
            op=form.get(f"{path}.op", ""),
            values=form.getlist(f"{path}.v"),
            unit=form.get(f"{path}.u", "d"),
            window=form.get(f"{path}.win", "").strip(),
            window_unit=form.get(f"{path}.winu", "d"),
            where=where,
            path=path,
        )
