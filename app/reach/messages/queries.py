"""Reading templates and their versions."""

from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.reach.messages.models import Template, TemplateVersion


def newest_version(template_id: UUID) -> TemplateVersion:
    """What a template says now. Raises: NotFound."""
    versions = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    found = db.session.scalar(versions.order_by(TemplateVersion.number.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


def is_open(template_id: UUID) -> bool:
    """True for a template that is there and not archived."""
    there = select(Template.template_id).where(Template.template_id == template_id, Template.archived_at.is_(None))
    return db.session.scalar(there) is not None
