"""Which ink is readable on a colour."""

DARK, LIGHT = "#16181d", "#ffffff"


def ink_on(colour: str) -> str:
    """Black or white, whichever stands out more on "#rrggbb". Source: WCAG 2.2, relative luminance."""
    luminance = luminance_of(colour)
    return LIGHT if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / (luminance_of(DARK) + 0.05) else DARK


def luminance_of(colour: str) -> float:
    """How bright "#rrggbb" is. Units: share 0-1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
