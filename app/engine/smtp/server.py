"""Which server takes the mail, and how one is let in."""

import smtplib
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

CONNECT_SECONDS = 20
PORTS = {"none": 25, "starttls": 587, "tls": 465}
SCHEMES = {"smtp": "none", "smtp+tls": "starttls", "smtps": "tls"}


class Unreachable(Exception):
    """The server cannot be spoken to now; the words are its own where it has any."""


@dataclass(frozen=True)
class Server:
    """A server. `security`: tls from the first byte, starttls, or none."""

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)


def read_url(url: str) -> Server:
    """The server that SMTP_URL names: smtp://, smtp+tls:// or smtps://; without one, that of this machine."""
    parts = urlsplit(url or "smtp://127.0.0.1:25")
    security = SCHEMES.get(parts.scheme, "none")
    port = parts.port or (PORTS["tls"] if security == "tls" else PORTS["none"])
    return Server(
        parts.hostname or "127.0.0.1", port, security, unquote(parts.username or ""), unquote(parts.password or "")
    )


def dial(server: Server) -> smtplib.SMTP:
    """A connection that was greeted, secured and signed in, ready for mail. Raises: Unreachable."""
    try:
        smtp = _connect(server)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.username:
            smtp.login(server.username, server.password)
    except smtplib.SMTPResponseException as refusal:
        words = refusal.smtp_error
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        raise Unreachable(f"{refusal.smtp_code} {said}") from None
    except (OSError, smtplib.SMTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unreachable(f"{server.host}:{server.port} cannot be reached: {why}") from None
    return smtp


def _connect(server: Server) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=CONNECT_SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=CONNECT_SECONDS)
