"""Settings: one frozen dataclass, read once from the environment."""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse

LARGEST_FILE_MB = 500


class ConfigError(Exception):
    """The environment does not describe a runnable Rapport; the message says what to set."""


def _data_key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("must be 32 bytes, base64")
    return key


def _limit(text: str) -> str:
    parse(text)
    return text


def _megabytes(text: str) -> int:
    number = int(text)
    if not 1 <= number <= LARGEST_FILE_MB:
        raise ValueError(f"must be 1 to {LARGEST_FILE_MB}")
    return number


@dataclass(frozen=True)
class Config:
    """Everything that differs between two installations. Secrets have no defaults."""

    database_url: str
    redis_url: str
    secret_key: str
    data_key: bytes = field(repr=False)
    blind_index_key: bytes = field(repr=False)
    old_data_keys: tuple[bytes, ...] = field(default=(), repr=False)
    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    private_hosts: tuple[str, ...] = ()
    telemetry_url: str = ""
    proxies: int = 0
    smtp_url: str = ""
    mail_from: str = "Rapport <hello@rapport.example>"
    mail_sink_dir: Path | None = None
    workspace: str = "Rapport"
    currency: str = "GBP"
    country: str = "GB"
    time_zone: str = "Europe/London"
    log_level: str = "INFO"
    api_limit: str = "600/minute"
    alipay_url: str = ""
    wechatpay_url: str = ""
    twilio_url: str = ""
    demo_file: Path | None = None
    state_dir: Path = Path("var")
    file_limit_mb: int = 20

    @property
    def payment_urls(self) -> dict[str, str]:
        """Other addresses than the vendors' own, such as a sandbox, by provider."""
        return {"alipay": self.alipay_url, "wechatpay": self.wechatpay_url}

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only, unless the public address itself is plain HTTP."""
        return urlsplit(self.public_url).scheme == "https"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Read the environment.

        Raises: ConfigError naming every missing or malformed setting at once.
        """
        env = os.environ if env is None else env
        problems = [
            f"{name} is not set"
            for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEY", "BLIND_INDEX_KEY")
            if not env.get(name)
        ]

        def read(name: str, convert: Callable[[str], Any], default: Any) -> Any:
            text = env.get(name)
            if not text:
                return default
            try:
                return convert(text)
            except ValueError as error:
                problems.append(f"{name}: {error}")
                return default

        public_url = env.get("PUBLIC_URL", cls.public_url).rstrip("/")
        hosts = [host.strip() for host in env.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
        config = cls(
            database_url=env.get("DATABASE_URL", ""),
            redis_url=env.get("REDIS_URL", ""),
            secret_key=env.get("SECRET_KEY", ""),
            data_key=read("DATA_KEY", _data_key, b""),
            blind_index_key=read("BLIND_INDEX_KEY", _data_key, b""),
            old_data_keys=read("OLD_DATA_KEYS", lambda text: tuple(map(_data_key, text.split(","))), ()),
            public_url=public_url,
            trusted_hosts=(*cls.trusted_hosts, urlsplit(public_url).hostname or "", *hosts),
            telemetry_url=env.get("TELEMETRY_URL", ""),
            private_hosts=tuple(filter(None, map(str.strip, env.get("PRIVATE_HOSTS", "").split(",")))),
            proxies=read("PROXIES", int, 0),
            smtp_url=env.get("SMTP_URL", ""),
            mail_from=env.get("MAIL_FROM") or cls.mail_from,
            mail_sink_dir=read("MAIL_SINK_DIR", Path, None),
            workspace=env.get("WORKSPACE") or cls.workspace,
            currency=env.get("CURRENCY") or cls.currency,
            country=env.get("COUNTRY") or cls.country,
            time_zone=env.get("TIME_ZONE") or cls.time_zone,
            log_level=env.get("LOG_LEVEL") or cls.log_level,
            api_limit=read("API_LIMIT", _limit, cls.api_limit),
            alipay_url=env.get("ALIPAY_URL", "").rstrip("/"),
            wechatpay_url=env.get("WECHATPAY_URL", "").rstrip("/"),
            twilio_url=env.get("TWILIO_URL", "").rstrip("/"),
            demo_file=read("RAPPORT_DEMO_FILE", Path, None),
            state_dir=read("STATE_DIR", Path, cls.state_dir),
            file_limit_mb=read("FILE_LIMIT_MB", _megabytes, cls.file_limit_mb),
        )
        if problems:
            raise ConfigError("; ".join(problems))
        return config
