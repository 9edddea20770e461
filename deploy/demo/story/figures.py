"""What the numbers say: by village, by puskesmas, by who did the work, and for one person."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from deploy.demo.story.stage import Stage


@dataclass(frozen=True, slots=True)
class Numbers:
    """Served units where she lives, in the catchment of her puskesmas, and of those in which each owner had a part."""

    village: int
    puskesmas: int
    public: int
    private: int

    def plus_one(self, *owners: str) -> "Numbers":
        """One more served, by these owners."""
        raised = {"village": self.village + 1, "puskesmas": self.puskesmas + 1}
        return replace(self, **raised, **{owner: getattr(self, owner) + 1 for owner in owners})

    def since(self, before: "Numbers") -> str:
        """What has changed, for people."""
        named = {"desa": "village", "puskesmas": "puskesmas", "pemerintah": "public", "swasta": "private"}
        changes = {word: getattr(self, field) - getattr(before, field) for word, field in named.items()}
        return ", ".join(f"{word} {change:+d}" for word, change in changes.items())


async def numbers(stage: Stage, service: str, village: str) -> Numbers:
    """The numbers of the village and its puskesmas, as the health office's analyst sees them."""
    answers = await asyncio.gather(
        *(stage.get("admin", f"/v1/indicators/{service}", by=by) for by in ("village", "puskesmas", "ownership"))
    )
    home, catchment, owners = ({row["code"]: row["served"] for row in answer["rows"]} for answer in answers)
    return Numbers(
        village=home.get(village, 0),
        puskesmas=catchment.get(stage.network.catchment[village], 0),
        public=owners.get("public", 0),
        private=owners.get("private", 0),
    )


async def unit(stage: Stage, service: str, person: str, village: str) -> dict[str, Any] | None:
    """The unit of a person among those behind the village's number, explained; None when it is not there."""
    path, after = f"/v1/indicators/{service}/units", ""
    while True:
        page = await stage.get("admin", path, village=village, limit=200, **({"after": after} if after else {}))
        for row in page["items"]:
            if row["person_id"] == person:
                detail: dict[str, Any] = await stage.get("admin", f"{path}/{row['unit_id']}")
                return detail
        after = page["next"]
        if not after:
            return None


async def missing(stage: Stage, service: str, person: str, village: str) -> list[str] | None:
    """What the person still lacks; None when not counted (yet)."""
    found = await unit(stage, service, person, village)
    return sorted(found["missing"]) if found else None
