"""From a draft to the filter it says."""

from typing import Any

from app.core.errors import Invalid
from app.core.money import parse
from app.engine.filters import tree
from app.engine.filters.builder.drafts import KINDS_OF_GROUP, Branch, Draft, Rule, parts_of
from app.engine.filters.operators import Operator
from app.engine.filters.tree import BadFilter, Filter


def finish(draft: Draft, *, strict: bool) -> Filter:
    """The filter. Of a draft that is not finished only what is, unless `strict`.

    Marks each faulty rule. Raises: BadFilter.
    """
    draft.is_marked = strict
    made = _json(draft, draft.root, draft.entity.key, strict)
    faulty = [rule for rule in draft.rules() if rule.problem]
    if strict and faulty:
        raise BadFilter("Finish what is marked, or remove it.")
    return tree.read(draft.entity.key, made)


def _json(draft: Draft, branch: Branch, key: str, strict: bool) -> dict[str, Any]:
    nodes = []
    for node in branch.nodes:
        if isinstance(node, Branch):
            nodes.append(_json(draft, node, key, strict))
        elif (made := _rule(draft, node, strict)) is not None:
            nodes.append(made)
    kind, is_negated, _label = KINDS_OF_GROUP[branch.kind]
    return {"not": {kind: nodes}} if is_negated else {kind: nodes}


def _rule(draft: Draft, rule: Rule, strict: bool) -> dict[str, Any] | None:
    operator = draft.operator(rule)
    if operator is None or (operator.takes != "nothing" and not any(rule.values)):
        rule.problem = "Choose what to ask, and fill it in." if strict else ""
        return None
    kind, function, key, measure = parts_of(rule.subject)
    try:
        asked: dict[str, Any] = {"op": operator.key, "v": _value(draft, rule, operator)}
        if kind == "in":
            member = {"in": key, "v": rule.values[0]}
            return member if rule.op == "in" else {"not": member}
        if kind == "f":
            made = {"f": key, **asked}
        else:
            made = {"agg": function, "of": f"{key}.{measure}" if measure else key, **asked}
            if rule.window:
                made["window"] = {"last": f"{rule.window}{rule.window_unit}"}
            if rule.where is not None:
                made["where"] = _json(draft, rule.where, key, strict)
        if draft.owner_of(rule.path) is None:
            tree.read(draft.entity.key, made)
        return made
    except (Invalid, ValueError) as refusal:
        rule.problem = refusal.sentence if isinstance(refusal, BadFilter) else str(refusal)
        return None


def _value(draft: Draft, rule: Rule, operator: Operator) -> Any:
    values = rule.values
    if operator.takes == "nothing":
        return None
    if operator.takes == "length":
        return f"{values[0]}{rule.unit}"
    if operator.takes == "unit":
        return values[0]
    asked = draft.asked(rule)
    kind = asked.type if asked else "number"
    if operator.takes == "many":
        if kind == "text":
            values = [one.strip() for one in values[0].split(",") if one.strip()]
        return values
    typed = [_typed(kind, one, draft.currency) for one in values]
    return typed[:2] if operator.takes == "two" else typed[0]


def _typed(kind: str, text: str, currency: str) -> Any:
    if kind == "money":
        return parse(text, currency)
    if kind == "number":
        try:
            return int(text.replace(",", "").strip())
        except ValueError:
            raise ValueError("Enter a whole number.") from None
    if kind == "decimal":
        try:
            return float(text.replace(",", "").strip())
        except ValueError:
            raise ValueError("Enter a number such as 12 or 1.75.") from None
    if kind == "yes":
        return text == "yes"
    return text
