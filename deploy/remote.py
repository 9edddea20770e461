"""Speaking to the running house as its administrator, for the command line."""

from types import TracebackType
from typing import Any

import httpx

from deploy.house import House
from deploy.obstacle import Obstacle


class Admin:
    """The running house, with the administrator's token. Every answer that is no success is an Obstacle."""

    def __init__(self, house: House, transport: httpx.BaseTransport | None = None) -> None:
        self._house = house
        self._http = httpx.Client(
            base_url=house.door,
            transport=transport,
            timeout=120,
            trust_env=False,
            headers={"accept-language": "id"},
        )

    def __enter__(self) -> "Admin":
        admin = self._house.administrator()
        if not admin["password"]:
            raise Obstacle(
                id=f"{self._house.credentials} tidak ada. Jalankan 'make up' dahulu, dengan SIMPUL_DATA yang sama.",
                en=f"{self._house.credentials} does not exist. Run 'make up' first, with the same SIMPUL_DATA.",
            )
        form = {"grant_type": "password", **admin}
        token = self._ask("POST", "/oauth2/v1/token", data=form)["access_token"]
        self._http.headers["authorization"] = f"Bearer {token}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send JSON; the answer's JSON object."""
        return self._ask("POST", path, json=body)

    def send_csv(self, path: str, content: bytes, **params: str) -> dict[str, Any]:
        """Send a CSV file as it is; the answer's JSON object."""
        return self._ask("POST", path, content=content, headers={"content-type": "text/csv"}, params=params)

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **how)
        except httpx.HTTPError:
            raise Obstacle(
                id=f"Simpul tidak menjawab di {self._house.door}. Jalankan 'make up' di jendela lain, dengan "
                "SIMPUL_PORT yang sama.",
                en=f"Simpul does not answer at {self._house.door}. Run 'make up' in another window, with the "
                "same SIMPUL_PORT.",
            ) from None
        if answer.is_success:
            found: dict[str, Any] = answer.json() if answer.content else {}
            return found
        raise Obstacle(
            id=f"Simpul menolak ({answer.status_code}): {_words(answer)}",
            en=f"Simpul refused ({answer.status_code}), see above.",
        )


def _words(answer: httpx.Response) -> str:
    """What the house says about a refusal, with the fields it speaks of."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    said = body.get("detail") or body.get("error_description") or body.get("title") or ""
    faults = [f"\n  {e.get('pointer', '')}: {e.get('detail', '')}" for e in body.get("errors", [])]
    return "".join([said, *faults, *(f"\n{row}" for row in refused_rows(body.get("refused", [])))])


def refused_rows(rows: list[dict[str, Any]]) -> list[str]:
    """The rows of a file that were not taken: line, column, reason."""
    lines = []
    for row in rows:
        column = f" ({row['column']})" if row["column"] else ""
        lines.append(f"  baris · line {row['line']}{column}: {row['reason']['id']} · {row['reason']['en']}")
    return lines
