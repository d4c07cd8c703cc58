"""Find answers: counted now within a budget, or as a job counted them."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError

from app.core.clock import now
from app.core.db import db, limited
from app.engine.answers.models import KeptAnswer

PAGE_BUDGET_MS = 1_000
JOB_BUDGET_MS = 600_000

Counter = Callable[..., Any]
_counters: dict[str, Counter] = {}


def counts(name: str) -> Callable[[Counter], Counter]:
    """Register a function as what answers questions called `name`: keyword arguments and answer are JSON."""

    def register(counter: Counter) -> Counter:
        _counters[name] = counter
        return counter

    return register


@dataclass(frozen=True)
class Question:
    """What is asked; two are the same when name and arguments are."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What its answer is kept under."""
        return f"{self.name}:{json.dumps(self.args, sort_keys=True, separators=(',', ':'))}"


@dataclass(frozen=True)
class Answer:
    """An answer, and of what moment. `is_kept`: a job counted it earlier."""

    value: Any
    counted_at: datetime
    took_ms: int
    is_kept: bool = False


def find(question: Question) -> Answer | None:
    """The answer of this moment, or the kept one where counting takes long; None when it is not known yet."""
    row = db.session.get(KeptAnswer, question.key)
    kept = Answer(row.answer, row.counted_at, row.took_ms, is_kept=True) if row else None
    if kept and kept.took_ms > PAGE_BUDGET_MS:
        return kept
    return count(question, PAGE_BUDGET_MS) or kept


def count(question: Question, budget_ms: int) -> Answer | None:
    """Count now; None when a statement takes longer than the budget."""
    started, moment = time.perf_counter(), now()
    try:
        with reading(budget_ms):
            value = _counters[question.name](**question.args)
    except OperationalError:
        return None
    return Answer(value, moment, round((time.perf_counter() - started) * 1000))


def reading(budget_ms: int) -> AbstractContextManager[None]:
    """Read much, in statements that may each take so long, with memory to hold all customers side by side."""
    return limited(statement_timeout=str(budget_ms), work_mem="128MB")
