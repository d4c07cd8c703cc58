"""What a file is, told by its content: a fixed table of what is taken, everything else refused."""

import unicodedata
import zipfile
from dataclasses import dataclass
from typing import IO

from app.core.errors import Invalid

HEAD_BYTES = 4096
LONGEST_NAME = 150
MOST_MEMBERS = 20_000


@dataclass(frozen=True)
class MediaType:
    """A kind of file: how it is served, and the ends its name may have, the usual one first."""

    name: str
    ends: tuple[str, ...]
    is_picture: bool = False


PNG = MediaType("image/png", (".png",), is_picture=True)
JPEG = MediaType("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), is_picture=True)
GIF = MediaType("image/gif", (".gif",), is_picture=True)
WEBP = MediaType("image/webp", (".webp",), is_picture=True)
HEIC = MediaType("image/heic", (".heic", ".heif"))
PDF = MediaType("application/pdf", (".pdf",))
MP3 = MediaType("audio/mpeg", (".mp3",))
MP4 = MediaType("video/mp4", (".mp4", ".m4v"))
M4A = MediaType("audio/mp4", (".m4a",))
MOV = MediaType("video/quicktime", (".mov",))
TEXT = MediaType("text/plain", (".txt", ".csv", ".tsv", ".md", ".log", ".vcf", ".ics", ".eml", ".json"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = MediaType(_OFFICE + "wordprocessingml.document", (".docx",))
XLSX = MediaType(_OFFICE + "spreadsheetml.sheet", (".xlsx",))
PPTX = MediaType(_OFFICE + "presentationml.presentation", (".pptx",))
ODT = MediaType("application/vnd.oasis.opendocument.text", (".odt",))
ODS = MediaType("application/vnd.oasis.opendocument.spreadsheet", (".ods",))
ODP = MediaType("application/vnd.oasis.opendocument.presentation", (".odp",))

BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"ID3", MP3),
)
BRANDS = {b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC, b"M4A ": M4A, b"qt  ": MOV}
FOLDERS = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))
OPEN_DOCUMENTS = {one.name: one for one in (ODT, ODS, ODP)}
MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<?php", b"#!", b"<!--", b"<head", b"<body")
TAKEN = "Pictures, PDF, Word, Excel, PowerPoint and OpenDocument files, texts, CSV, MP3 and MP4 are taken."
ALL = (PNG, JPEG, GIF, WEBP, HEIC, PDF, MP3, MP4, M4A, MOV, TEXT, DOCX, XLSX, PPTX, ODT, ODS, ODP)
BY_NAME = {one.name: one for one in ALL}


class NotTaken(Invalid):
    """The content is of no kind that is taken."""

    def __init__(self) -> None:
        super().__init__(f"This kind of file is not taken. {TAKEN}")


def tell(content: IO[bytes]) -> MediaType:
    """What the content is; its name does not matter. Raises: NotTaken."""
    content.seek(0)
    head = content.read(HEAD_BYTES)
    found = _by_beginning(head) or _in_archive(head, content) or _as_text(head, content)
    content.seek(0)
    if found is None:
        raise NotTaken
    return found


def _by_beginning(head: bytes) -> MediaType | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], MP4)
    return next((kind for beginning, kind in BEGINNINGS if head.startswith(beginning)), None)


def _in_archive(head: bytes, content: IO[bytes]) -> MediaType | None:
    """An office file is an archive with certain members. Nothing is unpacked but the few bytes of its own type."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            if len(names) > MOST_MEMBERS or any(name.lower().endswith("vbaproject.bin") for name in names):
                return None
            if "mimetype" in names:
                with archive.open("mimetype") as member:
                    return OPEN_DOCUMENTS.get(member.read(100).decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, EOFError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for folder, kind in FOLDERS if any(name.startswith(folder) for name in names)), None)


def _as_text(head: bytes, content: IO[bytes]) -> MediaType | None:
    """Text is UTF-8 without control characters, and is nothing a browser or shell would run."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start or start.startswith(MARKUP) or any(mark in start for mark in MARKUP[:5]):
        return None
    content.seek(0)
    pending = b""
    while piece := content.read(1 << 20):
        piece = pending + piece
        if any(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in piece[:HEAD_BYTES]) or b"\x00" in piece:
            return None
        cut = _whole_characters(piece)
        try:
            piece[:cut].decode()
        except UnicodeDecodeError:
            return None
        pending = piece[cut:]
    return None if pending else TEXT


def _whole_characters(piece: bytes) -> int:
    """How many bytes of the piece end on a character's end: at most three wait for the next piece."""
    for back in range(1, min(4, len(piece)) + 1):
        if piece[-back] & 0b1100_0000 != 0b1000_0000:
            width = 1 if piece[-back] < 0xC0 else 2 if piece[-back] < 0xE0 else 3 if piece[-back] < 0xF0 else 4
            return len(piece) if width <= back else len(piece) - back
    return len(piece)


def safe_name(sent: str, kind: MediaType) -> str:
    """The name a file is served under: one plain name, with an end that says what the content is."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    plain = "".join(one if one not in '<>:"|?*%' and unicodedata.category(one)[0] not in "CZ" else " " for one in last)
    name = " ".join(unicodedata.normalize("NFC", plain).split()).strip(". ")
    stem, dot, end = name.rpartition(".")
    if not dot or not stem or f".{end.lower()}" not in kind.ends:
        stem, end = name, kind.ends[0].removeprefix(".")
    return f"{stem[:LONGEST_NAME] or 'file'}.{end}"
