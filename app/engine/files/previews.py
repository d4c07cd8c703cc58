"""Small pictures, drawn anew from the pixels: nothing else of a file comes along, least of all where it was taken."""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

EDGE_PIXELS = 480
MOST_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def draw(path: Path) -> bytes | None:
    """A picture as WebP of at most 480 pixels each way; None for what is broken or would not fit in memory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (EDGE_PIXELS * 2, EDGE_PIXELS * 2))
                small = ImageOps.exif_transpose(picture).convert("RGBA")
                small.thumbnail((EDGE_PIXELS, EDGE_PIXELS))
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning, OSError, ValueError, SyntaxError, EOFError):
        return None  # it stays a file without a picture
    bare = Image.new("RGBA", small.size)
    bare.paste(small)
    drawn = io.BytesIO()
    bare.save(drawn, "WEBP", quality=80, method=4)
    return drawn.getvalue()
