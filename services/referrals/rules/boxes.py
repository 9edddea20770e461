"""In whose boxes an event belongs, and what it says there, pure."""

from services.kernel.events import Event
from services.referrals.contract.stream import Box, BoxChanged


def placed(event: Event) -> dict[str | None, Box]:
    """Whom an event concerns and in which box: facilities by their code, and None, the district's office.

    Concerned are the sender, whoever is asked, and once more whoever is asked no longer since this step.
    """
    data = event.data
    if "asked" not in data:  # written by the release before
        return {}
    receivers: dict[str | None, Box] = dict.fromkeys((*data["asked"], *data["left"]), "inbox")
    office: dict[str | None, Box] = (
        {None: "district"} if data["leg"] or data["owner"] == "office" else {}  # a draft is its writer's own
    )
    return {**office, **receivers, data["from_facility"]: "outbox"}


def in_box(event: Event, whose: str | None, box: Box) -> BoxChanged:
    """The event as its reader is told. Who is asked no longer does not learn where it went."""
    data = event.data
    over = whose in data["left"]
    return BoxChanged(
        id=event.subject, number=data["number"], version=event.version, leg=data["leg"], box=box, state=data["state"],
        verb=data["step"]["verb"], urgency=data["urgency"], owner=data["owner"],
        due_at=None if over else data["due_at"], outcome=data["outcome"], from_facility=data["from_facility"],
        to_facility=None if over else data["to_facility"], over=over,
    )  # fmt: skip
