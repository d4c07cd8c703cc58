"""003-64: mail, imports and other slow work never happen inside a request."""

import io

from sqlalchemy import func, select

from app.core.jobs import Job
from app.engine.imports.models import ImportRow
from app.engine.notices.models import OutgoingMail
from tests.factories import make_customer, make_employee


def test_a_page_that_mails_only_queues(db, browser, mailbox):
    make_customer(email="carla@example.com")
    assert browser().post("/forgot", {"email": "carla@example.com"}).status_code < 400
    assert mailbox.messages == []
    queued = db.scalars(select(Job.lane).where(Job.state == "queued")).all()
    assert "critical" in queued
    assert db.scalar(select(func.count()).select_from(OutgoingMail).where(OutgoingMail.state != "queued")) == 0


def test_an_import_only_starts(db, browser):
    manager = browser(make_employee("manager"))
    upload = {"kind": "customers", "file": (io.BytesIO(b"Name\nCarla Moreau\n"), "c.csv")}
    address = manager.post("/imports", upload, content_type="multipart/form-data").headers["Location"]
    assert manager.post(f"{address}/run", {"mode": "run"}).status_code == 303
    assert db.scalar(select(func.count()).select_from(ImportRow)) == 0
    assert db.scalars(select(Job.lane).where(Job.name == "imports.run")).one() == "bulk"
