"""Cut static/icons.svg, the page's one icon file, out of the @tabler/icons package.

Use: npm pack @tabler/icons, unpack it, then
python scripts/cut_icons.py <unpacked package>.
The names wanted are in static/icons.txt; "filled/star" becomes "star-filled".
"""

import re
import sys
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"


def symbol(package: Path, name: str) -> str:
    """One icon of the package as a <symbol> that takes its colour from the text around it."""
    kind, _, bare = name.rpartition("/")
    svg = (package / "icons" / (kind or "outline") / f"{bare}.svg").read_text()
    shapes = [shape for shape in re.findall(r"<(?:path|circle|line|rect)[^>]*/>", svg) if "M0 0h24v24H0z" not in shape]
    paint = ' fill="currentColor" stroke="none"' if kind == "filled" else ""
    label = f"{bare}-filled" if kind == "filled" else bare
    return f'<symbol id="{label}" viewBox="0 0 24 24"{paint}>{"".join(shapes)}</symbol>'


def main() -> None:
    """Write the sprite from the list."""
    package = Path(sys.argv[1])
    names = (STATIC / "icons.txt").read_text().split()
    body = "\n".join(symbol(package, name) for name in names)
    (STATIC / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n')
    sys.stdout.write(f"{len(names)} icons\n")


if __name__ == "__main__":
    main()
