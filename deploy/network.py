"""`simpul network load FOLDER`: areas, facilities and all that hangs on them, from CSV files into the running house."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.house import House
from deploy.obstacle import Obstacle
from deploy.remote import Admin, refused_rows

FILES = (
    "areas",
    "facilities",
    "posts",
    "catchments",
    "links",
    "service-types",
    "diagnosis-services",
    "non-specialist-diagnoses",
    "candidate-rules",
    "services",
    "competences",
    "opening-hours",
    "special-days",
    "equipment",
    "beds",
    "jkn-contracts",
    "practitioners",
    "licences",
    "puskesmas-settings",
    "staffing-norms",
    "workforce-rules",
    "staffing-plans",
    "workloads",
    "unit-services",
    "cluster-leads",
    "rosters",
    "posyandu-crews",
)  # in the order they refer to one another
DOORS = {"posts": "facilities"}
"""Pustu and posyandu are facilities in a file of their own."""


def load(house: House, folder: Path, note: Callable[[str], None], *, rest: bool = False) -> None:
    """Send the files that are in `folder`, in order. A broken row is reported with its line and reason.

    Without `rest` a file with a broken row changes nothing; with it the rows that are right are kept.
    Raises Obstacle when there is no file, or the house refuses one.
    """
    found = [folder / f"{name}.csv" for name in FILES if (folder / f"{name}.csv").exists()]
    if not found:
        names = ", ".join(f"{name}.csv" for name in FILES)
        raise Obstacle(id=f"Tidak ada {names} di {folder}.", en=f"There is no {names} in {folder}.")
    with Admin(house) as admin:
        for path in found:
            door = f"/v1/network/{DOORS.get(path.stem, path.stem)}"
            report = admin.send_csv(door, path.read_bytes(), mode="rest" if rest else "all")
            note(_words(path.name, report))


def _words(name: str, report: dict[str, Any]) -> str:
    """What one file changed, and why some of its rows did not."""
    done = f"{name}: {report['loaded']} dimuat · loaded, {report['unchanged']} sama · unchanged"
    return "\n".join([done, *refused_rows(report["refused"])])
