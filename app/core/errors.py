"""One error tree. Actions raise it; `web` maps it once to a page, a fragment or an API problem."""

from typing import Any


class DomainError(Exception):
    """A refusal the person can understand; `str(error)` is the sentence they read."""

    status = 400
    code = "refused"
    title = "That did not work"

    def __init__(self, detail: str = "", **extra: Any):
        super().__init__(detail or self.title)
        self.extra = extra


class NotFound(DomainError):
    """Not there, or not visible to this actor: the two are never told apart."""

    status = 404
    code = "not_found"
    title = "We could not find that"


class NotAllowed(DomainError):
    """The actor may see the thing but not do this to it."""

    status = 403
    code = "not_allowed"
    title = "You are not allowed to do that"


class Invalid(DomainError):
    """The values do not make sense. `errors` maps a field name to its sentences."""

    status = 422
    code = "invalid"
    title = "Please check what you entered"

    def __init__(self, detail: str = "", errors: dict[str, list[str]] | None = None, **extra: Any):
        super().__init__(detail, **extra)
        self.errors = errors or {}


class Conflict(DomainError):
    """Somebody or something got there first.

    `conflicts` lists `{"label", "yours", "theirs"}` where two edits collided.
    """

    status = 409
    code = "conflict"
    title = "Somebody else changed this meanwhile"

    def __init__(self, detail: str = "", conflicts: list[dict[str, str]] | None = None, **extra: Any):
        super().__init__(detail, **extra)
        self.conflicts = conflicts or []


class PreconditionFailed(DomainError):
    """An `If-Match` names a version that is no longer the present one."""

    status = 412
    code = "precondition_failed"
    title = "This changed since you read it"


class TooLarge(DomainError):
    """The upload or field is over its limit."""

    status = 413
    code = "too_large"
    title = "That is too large"


class TooManyRequests(DomainError):
    """A limit was reached; `retry_after` is in whole seconds, rounded up."""

    status = 429
    code = "too_many_requests"
    title = "Too many tries"

    def __init__(self, detail: str = "", *, retry_after: int, **extra: Any):
        super().__init__(detail, **extra)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part Rapport needs is away for a moment; nothing was changed."""

    status = 503
    code = "unavailable"
    title = "Rapport is catching its breath"


class TookTooLong(Unavailable):
    """A question was stopped so that others are not kept waiting; nothing was changed."""

    code = "took_too_long"
    title = "That took too long"
    sentence = "It was stopped, so that nobody else is kept waiting. Ask for less at once, such as a shorter time."
