"""What machines ask: does the process live, is everything it needs there, how is it doing."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import metrics, preflight
from app.core.access import public
from app.core.db import db
from app.core.redis import redis

bp = Blueprint("health", __name__)

# GET /healthz   the process answers; touches nothing else
# GET /readyz    database, Redis and migrations are as this version needs them
# GET /metrics   Prometheus text


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    checks = {"database": _database(), "redis": _redis(), "migrations": _migrations()}
    ready = all(checks.values())
    return {"status": "ok" if ready else "not ready", "checks": checks}, 200 if ready else 503


@bp.get("/metrics")
@public
def metrics_text() -> ResponseReturnValue:
    body, content_type = metrics.scrape()
    return Response(body, content_type=content_type)


def _database() -> bool:
    try:
        db.session.execute(text("SET LOCAL statement_timeout = '1s'"))
        return db.session.scalar(text("SELECT 1")) == 1
    except SQLAlchemyError:
        db.session.rollback()
        return False


def _redis() -> bool:
    try:
        return bool(redis.client.ping())
    except RedisError:
        return False


def _migrations() -> bool:
    try:
        applied = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return applied == preflight.newest_migration()
