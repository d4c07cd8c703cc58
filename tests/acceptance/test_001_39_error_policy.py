"""001-39: one table says of each kind of error whether it is refused, degrades or fails, and how it is logged."""

import logging

import pytest
from redis.exceptions import ConnectionError as RedisGone
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import ImATeapot

from app import create_app
from app.core import access, metrics
from app.core.access import SignInNeeded
from app.core.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    PreconditionFailed,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
from app.core.failures import POLICIES

GONE = Exception("server closed the connection")

# error: (status, code, what is done about it, level in the log)
TABLE = {
    NotFound(): (404, "not_found", "refuse", "INFO"),
    NotAllowed(): (403, "not_allowed", "refuse", "INFO"),
    SignInNeeded(): (401, "sign_in_needed", "refuse", "INFO"),
    Invalid(errors={"a": ["No."]}): (422, "invalid", "refuse", "INFO"),
    Conflict(): (409, "conflict", "refuse", "INFO"),
    PreconditionFailed(): (412, "precondition_failed", "refuse", "INFO"),
    TooLarge(): (413, "too_large", "refuse", "INFO"),
    TooManyRequests(retry_after=7): (429, "too_many_requests", "refuse", "INFO"),
    ImATeapot(): (418, "i'm_a_teapot", "refuse", "INFO"),
    StaleDataError("1 row"): (409, "conflict", "refuse", "INFO"),
    IntegrityError("INSERT", {}, Exception("duplicate")): (409, "conflict", "refuse", "INFO"),
    Unavailable(): (503, "unavailable", "refuse", "INFO"),
    OperationalError("SELECT", {}, GONE): (503, "unavailable", "degrade", "WARNING"),
    PoolTimeout("pool"): (503, "unavailable", "degrade", "WARNING"),
    RedisGone("away"): (503, "unavailable", "degrade", "WARNING"),
    ValueError("unforeseen"): (500, "NETWORK_ERROR", "fail", "ERROR"),
}


@pytest.fixture(scope="module")
def broken(config):
    app = create_app(config)
    app.thrown = None

    @access.public
    def fault():
        raise app.thrown

    app.add_url_rule("/api/v1/fault", "fault", fault)
    return app


@pytest.mark.parametrize("error", TABLE, ids=lambda error: type(error).__name__)
def test_each_kind_is_answered_counted_and_logged_as_the_table_says(broken, db, caplog, error):
    status, code, policy, level = TABLE[error]
    counter = metrics.errors.labels(type(error).__name__, policy)
    before = counter._value.get()
    logger = logging.getLogger("app.core.failures")
    logger.setLevel("INFO")
    broken.thrown = error
    with caplog.at_level(logging.INFO, logger="app.core.failures"):
        answer = broken.test_client().get("/api/v1/fault")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert counter._value.get() == before + 1
    assert [record.levelname for record in caplog.records if record.name == "app.core.failures"] == [level]
    if status in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0


def test_every_policy_of_the_table_is_tested():
    thrown = {kind for error in TABLE for kind in type(error).__mro__}
    assert set(POLICIES) <= thrown
