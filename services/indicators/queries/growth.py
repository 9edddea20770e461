"""SQL of the growth references."""

from services.indicators.reading.growth import Growth, Point
from services.kernel.db import Tx


async def put_growth(tx: Tx, growth: Growth) -> None:
    """Keep these references, if they are not what is kept already."""
    rows = await tx.fetch("SELECT reference, fingerprint FROM growth_reference")
    if {r["reference"]: r["fingerprint"] for r in rows} == dict(growth.fingerprints):
        return
    await tx.execute("DELETE FROM growth_point")
    await tx.execute("DELETE FROM growth_reference")
    await tx.copy_records_to_table("growth_point", records=growth.points, columns=Point._fields)
    await tx.execute(
        "INSERT INTO growth_reference SELECT * FROM unnest($1::text[], $2::text[])",
        list(growth.fingerprints), list(growth.fingerprints.values()),
    )  # fmt: skip
