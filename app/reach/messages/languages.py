"""Languages that messages are written in, as people call them."""

from babel import Locale, UnknownLocaleError

OFFERED = (
    "en", "ar", "bg", "ca", "cs", "da", "de", "de-AT", "de-CH", "el", "en-GB", "en-US", "es", "es-MX", "et", "fa",
    "fi", "fr", "fr-CA", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "ur", "vi", "zh", "zh-TW",
)  # fmt: skip


def standard(code: str) -> str | None:
    """A language as it is always written, such as de-AT or zh-Hant; None for what is none."""
    try:
        found = Locale.parse(code.strip().replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    script = found.script if found.script and found.script.lower() in code.lower() else None
    return "-".join(part for part in (found.language, script, found.territory) if part)


def label(code: str) -> str:
    """What people call it."""
    known = standard(code)
    return (Locale.parse(known, sep="-").get_display_name("en") or code) if known else code


def choices() -> list[tuple[str, str]]:
    """Those that are offered, English first."""
    first, *others = OFFERED
    return [(first, label(first)), *sorted(((code, label(code)) for code in others), key=lambda pair: pair[1])]
