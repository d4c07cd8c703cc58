"""What people type, made plain."""

import unicodedata

from app.core.errors import Invalid


def plain_text(text: str, longest: int) -> str:
    """One trimmed text without characters that hide or reorder others. Raises: Invalid for a longer one."""
    cleaned = "".join(character for character in text if not _is_hidden(character))
    cleaned = unicodedata.normalize("NFC", cleaned).strip()
    if len(cleaned) > longest:
        raise Invalid(f"Use at most {longest:,} characters.")
    return cleaned


def folded(text: str) -> str:
    """A text without case and accents, as `fold` in the database has it."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") and character not in "\n\t\u200d\u200c"
