"""iCare: a link to a page of BPJS that shows a member's history to the clinician who treats them. No data comes."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.bpjs.signed import Signed


@dataclass(frozen=True, slots=True)
class Link:
    """The page's address. It holds a token and opens the history to anyone: never logged, never kept."""

    url: str = field(repr=False)


class ICare(Signed):
    """iCare for one sign-in (an FKTP's is that of PCare). `wire` is a Wire of service ICARE."""

    async def link(self, card: str) -> Link | Refused | Unavailable:
        """POST /api/pcare/validate: the link for one member. Asking twice makes two links and nothing else."""
        reply = await self._call("POST", "/api/pcare/validate", {"param": card})
        if not isinstance(reply, Said):
            return reply
        url = reply.response.get("url") if isinstance(reply.response, dict) else None
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            return Unavailable(Because.UNREADABLE, code=reply.code)
        return Link(url)
