"""Files of records: told by content, kept out of the web's sight, served as downloads, gone when they must be."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.errors import Invalid
from app.engine.events.models import Event
from app.engine.files import actions, previews, store, types
from app.engine.files.models import Content, File
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture(autouse=True)
def own_store(app, tmp_path):
    config = app.extensions["rapport"]
    app.extensions["rapport"] = replace(config, state_dir=tmp_path)
    yield tmp_path
    app.extensions["rapport"] = config


@pytest.fixture
def ada(db):
    return make_employee(first_name="Ada", last_name="Byron")


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", last_name="Costa")


def picture(size=(900, 600), kind="PNG", **options):
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind, **options)
    return drawn.getvalue()


def office(*names, **contents):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name.partition("/")[0], "x"))
    return packed.getvalue()


def send(browser, carla, *files, kind="customer"):
    sent = [(io.BytesIO(content), name) for name, content in files]
    record_id = carla.person_id if kind == "customer" else carla.product_id
    return browser.post(f"/records/{kind}/{record_id}/files", {"file": sent}, content_type="multipart/form-data")


def one(db):
    db.expire_all()
    return db.scalars(select(File)).one()


def test_a_file_is_added_downloaded_deleted_and_brought_back(browser, db, ada, carla, own_store):
    desk = browser(ada)
    page = desk.follow(send(desk, carla, ("Contract 2026.pdf", b"%PDF-1.7 words")))
    assert "Contract 2026.pdf" in text_of(page)
    file = one(db)
    answer = desk.get(f"/files/{file.file_id}")
    assert answer.data == b"%PDF-1.7 words"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Contract 2026.pdf"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/pdf"
    assert file.stored_as not in page.get_data(as_text=True)
    deleted = desk.post(f"/files/{file.file_id}/deletion")
    undo = [part for part in desk.follow(deleted).get_data(as_text=True).split('"') if part.endswith("/undo")][-1]
    assert desk.get(f"/files/{file.file_id}").status_code == 404
    desk.post(undo)
    assert desk.get(f"/files/{file.file_id}").data == b"%PDF-1.7 words"
    kinds = db.scalars(select(Event.type).where(Event.type.like("file.%"))).all()
    assert sorted(kinds) == ["file.added", "file.downloaded", "file.downloaded", "file.removed"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture(), types.PNG),
        (picture(kind="JPEG"), types.JPEG),
        (picture(kind="GIF"), types.GIF),
        (picture(kind="WEBP"), types.WEBP),
        (b"%PDF-1.4", types.PDF),
        (b"name,city\nZo\xc3\xab,York\n", types.TEXT),
        (office("[Content_Types].xml", "word/document.xml"), types.DOCX),
        (office("[Content_Types].xml", "xl/workbook.xml"), types.XLSX),
        (office("mimetype", "content.xml", mimetype=types.ODT.name), types.ODT),
        (b"\x00\x00\x00\x18ftypmp42", types.MP4),
    ],
)
def test_a_file_is_what_its_content_is(content, kind):
    assert types.tell(io.BytesIO(content)) is kind


HOSTILE = {
    "page.html": b"<!DOCTYPE html><script>__pwn()</script>",
    "late.txt": b"hello\n<html><body onload=__pwn()>",
    "x.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>__pwn()</script></svg>',
    "x.xml": b'<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>',
    "x.png": b"<html><script>__pwn()</script>",
    "run.exe": b"MZ\x90\x00\x03",
    "x.sh": b"#!/bin/sh\nrm -rf /",
    "x.php": b"<?php system($_GET[0]);",
    ".htaccess": b"\x00AddType",
    "macro.docx": office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "some.zip": office("a.txt"),
    "broken.xlsx": b"PK\x03\x04 not an archive",
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "utf16.txt": "\ufeffhallo".encode("utf-16"),
    "empty.txt": b"",
    "spaces.txt": b"   \n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_browsers_or_machines_would_run_is_not_taken(browser, db, carla, own_store, name):
    answer = send(browser(make_employee()), carla, (name, HOSTILE[name]))
    assert answer.status_code == 422
    assert db.scalars(select(Content)).all() == []
    assert [path for path in own_store.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("..\\..\\win.ini", "win.ini.png"),
        ("photo.php", "photo.php.png"),
        ("photo.pHaR\u200b", "photo.pHaR.png"),
        ("photo.PNG", "photo.PNG"),
        ("\u202egnp.exe", "gnp.exe.png"),
        ('a"b\r\nX-Evil: 1.png', "a b X-Evil 1.png"),
        ("…", "….png"),
        ("...", "file.png"),
        ("x" * 400 + ".png", "x" * 150 + ".png"),
        ("Zoë 北京.png", "Zoë 北京.png"),
    ],
)
def test_a_name_says_what_the_content_is_and_nothing_else(sent, served):
    assert types.safe_name(sent, types.PNG) == served


def test_a_polyglot_is_served_as_the_picture_it_is(browser, db, ada, carla, work):
    polyglot = picture() + b"<html><script>__pwn()</script>"
    send(browser(ada), carla, ("x.html", polyglot))
    work()
    file = one(db)
    answer = browser(ada).get(f"/files/{file.file_id}")
    assert (answer.mimetype, file.name) == ("image/png", "x.html.png")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    small = browser(ada).get(f"/files/{file.file_id}/preview")
    assert small.mimetype == "image/webp"
    assert b"script" not in small.data


def test_small_pictures_carry_nothing_but_pixels(browser, db, ada, carla, work):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6
    send(browser(ada), carla, ("photo.jpg", picture(kind="JPEG", exif=exif, comment=b"SecretPlace")))
    work()
    page = browser(ada).get(f"/customers/{carla.person_id}").get_data(as_text=True)
    assert f"/files/{one(db).file_id}/preview" in page
    small = browser(ada).get(f"/files/{one(db).file_id}/preview")
    assert small.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"Secret" not in small.data
    drawn = Image.open(io.BytesIO(small.data))
    assert drawn.size == (320, 480)
    assert not drawn.getexif()


def bomb():
    """A PNG of a few bytes that claims 60,000 by 60,000 pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content", [bomb(), b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0"], ids=["bomb", "png", "jpeg"]
)
def test_a_bomb_or_broken_picture_is_a_file_without_one(browser, db, carla, work, content):
    desk = browser(make_employee())
    send(desk, carla, ("x.png", content))
    work()
    assert desk.get(f"/files/{one(db).file_id}/preview").status_code == 404
    assert desk.get(f"/customers/{carla.person_id}").status_code == 200
    assert previews.draw(store.path_of(one(db).stored_as)) is None


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(app, browser, carla, own_store):
    ada = make_employee()
    app.extensions["rapport"] = replace(app.extensions["rapport"], file_limit_mb=1)
    assert send(browser(ada), carla, ("x.txt", b"a" * (1024 * 1024 + 1))).status_code == 413
    assert send(browser(ada), carla, ("x.txt", b"a" * (4 * 1024 * 1024))).status_code == 413
    assert [path for path in own_store.rglob("*") if path.is_file()] == []
    assert send(browser(ada), carla, ("x.txt", b"a" * 1024 * 1024)).status_code == 303


def test_the_form_of_files_takes_its_own_token(app, browser, db, carla, monkeypatch):
    ada = make_employee()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert send(browser(ada), carla, ("x.txt", b"words")).status_code == 422
    assert db.scalars(select(File)).all() == []


def test_files_go_with_the_right_to_their_record(browser, db, ada, carla):
    send(browser(ada), carla, ("x.txt", b"words"))
    file_id = one(db).file_id
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'customers.read', 'own')"))
    db.execute(text("INSERT INTO changed_grants VALUES ('customer', 'files.read', 'all')"))
    db.execute(text("INSERT INTO changed_grants VALUES ('customer', 'products.read', 'all')"))
    db.commit()
    stranger, portal = browser(make_employee("manager")), browser(carla)
    for path in (f"/files/{file_id}", f"/files/{file_id}/preview", f"/records/customer/{carla.person_id}/files"):
        assert stranger.get(path).status_code == 404
        assert portal.get(path).status_code == 404
        assert browser().get(path).status_code in (302, 303)
    assert stranger.post(f"/files/{file_id}/deletion").status_code == 404
    product = make_product()
    send(browser(make_employee("admin")), product, ("x.txt", b"words"), kind="product")
    assert portal.get(f"/records/product/{product.product_id}/files").status_code == 404


def test_erasing_a_customer_removes_files_at_once_deleted_ones_too(browser, db, ada, carla, own_store):
    desk = browser(ada)
    send(desk, carla, ("illness.txt", b"words"), ("x.txt", b"more"))
    desk.post(f"/files/{db.scalars(select(File.file_id)).first()}/deletion")
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    assert len([path for path in own_store.rglob("*") if path.is_file()]) == 2
    db.commit()
    assert [path for path in own_store.rglob("*") if path.is_file()] == []
    assert (db.scalars(select(File)).all(), db.scalars(select(Content)).all()) == ([], [])
    for table in ("audit_log", "audit_personal", "changed_rows", "events"):
        assert "illness" not in str(db.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t")).all())


def test_contents_go_once_nobody_can_bring_them_back(browser, db, ada, carla, own_store):
    desk = browser(ada)
    send(desk, carla, ("gone.txt", b"words"), ("stays.txt", b"more"))
    desk.post(f"/files/{db.scalars(select(File.file_id).where(File.name == 'gone.txt')).one()}/deletion")
    assert actions.sweep() == 0
    db.execute(
        text("UPDATE file_contents SET dropped_at = :then WHERE dropped_at IS NOT NULL"),
        {"then": now() - timedelta(days=32)},
    )
    assert actions.sweep() == 1
    db.commit()
    assert [path.read_bytes() for path in own_store.rglob("*") if path.is_file()] == [b"more"]


def test_an_upload_that_was_never_finished_is_cleared_away(db, own_store, monkeypatch):
    kept = store.keep(io.BytesIO(b"words"))
    assert actions.sweep() == 0
    monkeypatch.setattr(actions, "ABANDONED", timedelta(seconds=-5))
    assert actions.sweep() == 1
    assert not store.path_of(kept.stored_as).exists()
    for name in ("../secrets.env", "..", "A" * 32, ""):
        with pytest.raises(ValueError, match="not a name"):
            store.path_of(name)


def test_too_many_files_are_refused(browser, db, ada, carla, monkeypatch):
    monkeypatch.setattr(actions, "MOST_OF_RECORD", 1)
    assert send(browser(ada), carla, ("a.txt", b"a")).status_code == 303
    assert send(browser(ada), carla, ("b.txt", b"b")).status_code == 429
    assert len(db.scalars(select(File)).all()) == 1


def test_text_may_break_anywhere_between_pieces():
    for shift in range(4):
        types.tell(io.BytesIO(b"a" * ((1 << 20) - shift) + "北京".encode()))
    with pytest.raises(Invalid):
        types.tell(io.BytesIO(b"a" * (1 << 20) + b"\xe5\x8c"))


def test_files_add_no_statement_to_a_page(browser, db, ada, carla):
    desk, address = browser(ada), f"/customers/{carla.person_id}"
    desk.get(address)
    with counted() as before:
        desk.get(address)
    send(desk, carla, *[(f"{number}.txt", b"words") for number in range(6)])
    desk.get(address)
    with counted() as after:
        desk.get(address)
    assert len(after) == len(before)
