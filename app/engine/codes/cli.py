"""`flask data-quality`"""

import click

from app.engine.codes import queries
from app.engine.codes.fields import STANDARDS


@click.command("data-quality")
@click.option("--values", default=3, show_default=True, help="How many of the most frequent uncoded texts to show.")
def data_quality(values: int) -> None:
    """Show for each field how much of what is typed or measured has a code or band."""
    click.echo(f"{'field':24}{'rows':>10}{'filled':>10}{'coded':>10}{'not coded':>11}  most frequent without a code")
    for found in queries.list_quality(STANDARDS.values()):
        standard = found.standard
        share = "–" if found.uncoded_share is None else f"{found.uncoded_share:.1%}"
        uncoded = queries.list_uncoded(standard, values) if found.coded < found.filled else []
        named = ", ".join(f"“{one.value[:40]}” {one.rows:,}" for one in uncoded)
        click.echo(f"{standard.key:24}{found.rows:>10,}{found.filled:>10,}{found.coded:>10,}{share:>11}  {named}")
