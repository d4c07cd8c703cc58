"""Keeping the lists of codes and bands, and giving texts their codes."""

import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.access import Actor
from app.core.db import db, is_storable, sign_writes
from app.core.errors import Invalid, NotFound
from app.engine.codes import coding, queries
from app.engine.codes.fields import STANDARDS, Span, Standard, spans
from app.engine.codes.models import HOW, Band, Code, CodeRule, CodeValue
from app.engine.events import actions as events

LONGEST_TEXT = 500
LONGEST_LABEL = 60
MOST_BANDS = 12
AT_ONCE = 20_000
RECODE_JOB = "codes.recode"


def add_rule(standard: Standard, text_: str, label: str, *, how: str, actor: Actor) -> CodeRule:
    """Give a code to texts that are `text_`, or contain it; the code is made when none is called `label`.

    A text that had a rule of the same kind gets the new code instead. Raises: Invalid by field.
    """
    errors = {}
    cleaned, label = text_.strip(), " ".join(label.split())
    if standard.is_banded:
        raise Invalid("This field is a number: it has bands, not codes.")
    if not cleaned or len(cleaned) > LONGEST_TEXT or not is_storable(cleaned) or not _folded(cleaned):
        errors["text"] = [f"Enter the text, at most {LONGEST_TEXT} characters."]
    if not label or len(label) > LONGEST_LABEL or not is_storable(label):
        errors["label"] = [f"Name the code, in at most {LONGEST_LABEL} characters."]
    if how not in HOW:
        errors["how"] = [f"Choose one of {', '.join(HOW)}."]
    if errors:
        raise Invalid(errors=errors)
    _lock(standard)
    rule = db.session.scalar(
        select(CodeRule).where(
            CodeRule.field == standard.key, CodeRule.how == how, func.fold(CodeRule.text) == func.fold(cleaned)
        )
    ) or CodeRule(field=standard.key, how=how, text=cleaned)
    rule.code = queries.find_code_by_label(standard, label) or _make_code(standard, label)
    db.session.add(rule)
    _changed(standard, actor)
    return rule


def remove_rule(standard: Standard, rule_id: UUID, *, actor: Actor) -> None:
    """Take a rule away; a code without rules goes with its last one. Nothing happens when it is gone already."""
    _lock(standard)
    rule = queries.find_rule(standard, rule_id)
    if rule is None:
        return
    db.session.delete(rule)
    db.session.flush()
    left = select(CodeRule.rule_id).where(CodeRule.field == standard.key, CodeRule.code == rule.code).limit(1)
    if db.session.scalar(left) is None:
        db.session.execute(delete(Code).where(Code.field == standard.key, Code.key == rule.code))
    _changed(standard, actor)


def rename_code(standard: Standard, key: str, label: str, *, actor: Actor) -> None:
    """Call a code otherwise; what asks for it goes on. Raises: NotFound; Invalid."""
    _lock(standard)
    code = db.session.get(Code, (standard.key, key))
    label = " ".join(label.split())
    if code is None:
        raise NotFound
    if not label or len(label) > LONGEST_LABEL or not is_storable(label):
        raise Invalid(errors={"label": [f"Enter a name of at most {LONGEST_LABEL} characters."]})
    if queries.find_code_by_label(standard, label) not in (None, key):
        raise Invalid(errors={"label": ["Another code is called so."]})
    code.label = label
    _changed(standard, actor)


def set_bands(standard: Standard, wanted: Sequence[tuple[int, str]], *, actor: Actor) -> None:
    """Make these (floor, label) the bands of a number; none brings the usual ones back.

    A band that keeps its label keeps its key, so filters that ask for it go on. Raises: Invalid.
    """
    if not standard.is_banded:
        raise Invalid("This field is a text: it has codes, not bands.")
    bands = sorted((floor, " ".join(label.split())) for floor, label in wanted)
    labels = [label.casefold() for _floor, label in bands]
    if len(bands) > MOST_BANDS:
        raise Invalid(errors={"bands": [f"Use at most {MOST_BANDS} bands."]})
    if any(not label or len(label) > LONGEST_LABEL or not is_storable(label) for label in labels):
        raise Invalid(errors={"bands": [f"Name every band, in at most {LONGEST_LABEL} characters."]})
    if len({floor for floor, _label in bands}) < len(bands) or len(set(labels)) < len(bands):
        raise Invalid(errors={"bands": ["Each band starts at a number of its own and has a name of its own."]})
    if any(abs(floor) >= 2**62 for floor, _label in bands):
        raise Invalid(errors={"bands": ["That number is too large."]})
    _lock(standard)
    known = {span.label.casefold(): span.key for span in _spans(standard)}
    db.session.execute(delete(Band).where(Band.field == standard.key))
    taken = set(known.values())
    for floor, label in bands:
        key = known.get(label.casefold()) or _new_key(label, taken)
        taken.add(key)
        db.session.add(Band(field=standard.key, key=key, floor=floor, label=label))
    _changed(standard, actor)


def recode(standard: Standard, *, afresh: bool = False) -> int:
    """Give every known text of a field the code its rules say, by one statement; returns how many texts there are.

    `afresh` also learns texts that were written past the trigger and forgets those that no row has any more.
    """
    sign_writes(db.session())
    if afresh and not standard.is_banded:
        _learn(standard)
    return coding.judge_field(standard.key)


def recode_all() -> None:
    """Learn, forget and code anew in every field."""
    for standard in STANDARDS.values():
        recode(standard, afresh=True)


def _learn(standard: Standard) -> None:
    typed = select(standard.value).where(standard.value != "", func.length(standard.value) <= LONGEST_TEXT).distinct()
    gone = delete(CodeValue).where(CodeValue.field == standard.key, CodeValue.value.not_in(typed))
    db.session.execute(gone.execution_options(synchronize_session=False))
    missing = select(literal(standard.key), typed.subquery())
    db.session.execute(insert(CodeValue).from_select(["field", "value"], missing).on_conflict_do_nothing())


def _spans(standard: Standard) -> Sequence[Span]:
    return [*standard.usual, *spans(standard)]


def _make_code(standard: Standard, label: str) -> str:
    taken = set(db.session.scalars(select(Code.key).where(Code.field == standard.key)))
    code = Code(field=standard.key, key=_new_key(label, taken), label=label)
    db.session.add(code)
    db.session.flush()
    return code.key


def _new_key(label: str, taken: set[str]) -> str:
    """A short name for programs, made of the label: "Märkte & Messen" is markte-messen."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "code"
    return next(key for key in (base, *(f"{base}-{number}" for number in range(2, 1000))) if key not in taken)


def _folded(typed: str) -> str:
    return db.session.scalar(select(func.fold(typed))) or ""


def _lock(standard: Standard) -> None:
    """One change of a field's list at a time."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"codes:{standard.key}", 0))))


def _changed(standard: Standard, actor: Actor) -> None:
    """Let the new rules count: at once for a usual number of different texts, else by a job."""
    db.session.flush()
    events.emit("codes.changed", actor=actor, subject_id=None, field=standard.key)
    if standard.is_banded:
        return
    known = select(func.count()).select_from(CodeValue).where(CodeValue.field == standard.key)
    if (db.session.scalar(known) or 0) <= AT_ONCE:
        recode(standard)
    else:
        jobs.enqueue(RECODE_JOB, {"field": standard.key}, lane="bulk", key=f"{RECODE_JOB}:{standard.key}")
