"""What each draft becomes: the next version of its resource, or the one that lies there; its row in the batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Fault, PreconditionFailed, Text
from services.kernel.service import Service
from services.records import exact
from services.records.fhir import Extract, extract, place_of, resolve_urns, strip
from services.records.queries.store import Row
from services.records.queries.visible import SHARED
from services.records.room import room
from services.records.usecases.entries import Entry, Outcome, client_of, id_of, patient_named, placed
from services.records.usecases.registering import Draft, Registry

WITHOUT_PATIENT = frozenset({"Task", "Group", "Basic"})
"""Types that may speak of a person without naming one: then only their writer reads them."""

_ANOTHER = Text(
    "Idempotency-Key ini sudah dipakai untuk kunjungan lain; koreksi dengan PUT, atau pakai kunci baru",
    "This Idempotency-Key was used for another visit; correct that one by PUT, or use a new key",
)


class Staging:
    """Decides the versions of one transaction of `write`."""

    def __init__(
        self, service: Service, actor: Actor, entries: Sequence[Entry], registry: Registry, faults: list[Fault]
    ) -> None:
        self.service, self.actor, self.entries, self.registry, self.faults = service, actor, entries, registry, faults
        self.batch, self.urns, self.now = registry.batch, registry.urns, registry.batch.at
        self.staged: dict[tuple[str, str], Outcome] = {}
        self.here: set[tuple[str, str | None]] = set()
        self.deferred = False
        """Persons are found by the storing statement itself."""
        self.organizations = len(entries) > 1 and any(e.type == "Organization" for e in entries)
        """What is responsible for a resource may be known only after its references are resolved."""

    def stage(self, d: Draft) -> Outcome:
        """One version per resource and transaction; a person registered twice in a Bundle is stored once."""
        key = (d.entry.type, d.entry.id or "")
        before = self.staged.get(key)
        if before is not None and d.entry.type != "Patient":
            said = Text("Sumber daya yang sama ada dua kali", "The same resource stands twice")
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.id", said, "duplicate")))
        self.staged[key] = before or self._stage(d)
        if d.doubts:
            self.staged[key].doubts = d.doubts
        return self.staged[key]

    def _stage(self, d: Draft) -> Outcome:
        """Decide one entry's version and put its row into the batch."""
        entry, current = d.entry, d.current
        assert entry.id is not None  # noqa: S101 - _name gave every entry its id
        if entry.verb == "delete":
            return self._stage_delete(d)
        if entry.verb == "nothing":
            return Outcome(204, entry.type, entry.id, 0, self.now, "")
        if entry.verb == "keep" and current is not None:
            return self._as_it_lies(d)
        check_version(entry, current)
        for text in d.extract.misformed:
            place = place_of(entry.resource, text, entry.type)
            self.faults.append(placed(entry, Fault(place, _FORM, "value")))
        dangling = resolve_urns(entry.resource, self.urns) if self.urns else d.extract.urns
        if d.person_id is None and not self.deferred:
            d.person_id = self.person_of(d)
        if d.extract.queries or self.organizations:
            d.extract = extract(entry.resource)
        version = (current["version"] + 1) if current is not None else 1
        if current is not None and not current["deleted"] and d.person_id not in self.batch.identities.values():
            same = self._body(entry, current["version"], current["updated_at"])
            if same == current["body"]:
                return self._as_it_lies(d)
        if current is not None and entry.once:
            raise Conflict(_ANOTHER)
        body = self._body(entry, version, self.now)
        self._add_row(d, version, body, dangling)
        return Outcome(201 if version == 1 else 200, entry.type, entry.id, version, self.now, body, d.person_id)

    def _as_it_lies(self, d: Draft) -> Outcome:
        """Nothing to store; what is answered was looked at, and a registration is a reason to see the person."""
        row, client = d.current, client_of(d.entry, self.actor)
        if row["person_id"]:
            self.batch.shown.add((row["person_id"], f"{row['type']}/{row['id']}"))
            if row["type"] == "Patient" and client:
                self.batch.registered.add((row["person_id"], client))
        return Outcome(
            200, row["type"], row["id"], row["version"], row["updated_at"], row["body"], row["person_id"], kept=True
        )

    def _stage_delete(self, d: Draft) -> Outcome:
        check_version(d.entry, d.current)
        if d.current is None:  # what never was is gone
            return Outcome(204, d.entry.type, d.entry.id or "", 0, self.now, "")
        if d.current["deleted"]:
            return Outcome(204, d.entry.type, d.entry.id or "", d.current["version"], d.current["updated_at"], "")
        version, person = d.current["version"] + 1, d.current["person_id"]
        self.batch.rows.append(
            Row(
                d.entry.type, d.entry.id or "", version, "deleted", "{}",
                orjson.dumps({"client": d.current["client"], "provider": None, "resource": None}).decode(),
                person_id=person, client=d.current["client"],
            )
        )  # fmt: skip
        return Outcome(204, d.entry.type, d.entry.id or "", version, self.now, "", person)

    def _body(self, entry: Entry, version: int, at: datetime) -> str:
        meta = entry.resource.get("meta")
        meta = (
            {k: v for k, v in meta.items() if k not in ("versionId", "lastUpdated")} if isinstance(meta, dict) else {}
        )
        moment = at.isoformat(timespec="milliseconds")
        entry.resource = {
            "resourceType": entry.type,
            "id": entry.id,
            "meta": {"versionId": str(version), "lastUpdated": moment, **meta},
            **{k: v for k, v in entry.resource.items() if k not in ("resourceType", "id", "meta")},
        }
        return exact.dumps(entry.resource)

    def person_of(self, d: Draft) -> str | None:
        """The person a resource is about. A Patient reference must resolve; other references need not."""
        named = patient_named(d.extract, self.urns)
        if named is None and d.extract.patient is None:
            if d.entry.type not in SHARED | WITHOUT_PATIENT:
                said = Text("Rujukan ke Patient wajib diisi", "A reference to the Patient is required")
                self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject", said, "required")))
            return None
        known = self.registry.named(named)
        if known is None:
            said = Text(
                "Pasien tidak dikenal; daftarkan dulu Patient-nya, atau rujuk dengan id kami atau nomor IHS",
                "Unknown patient; register the Patient first, or refer by our id or an IHS number",
            )
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject.reference", said, "not-found")))
            return None
        return known[1]

    def _add_row(self, d: Draft, version: int, body: str, dangling: Sequence[str]) -> None:
        entry, extracted = d.entry, d.extract
        client = client_of(entry, self.actor)
        stripped = strip(entry.resource)
        if d.identity is not None and d.person_id is not None:
            self.registry.add(d, stripped)
        organization = id_of(extracted.organization)
        provider = room(self.service).facility_of(organization)
        data = {"client": client, "provider": provider, "resource": stripped}
        references = [t for t in extracted.references if not self._is_here(t)]
        self.batch.rows.append(
            Row(
                entry.type, entry.id or "", version, "created" if version == 1 else "changed", body,
                orjson.dumps(data, default=float).decode(), person_id=d.person_id, client=client,
                status=extracted.status, date=extracted.date, encounter_id=self._encounter(extracted),
                organization=organization, codes=extracted.codes, identifiers=extracted.identifiers,
                references=references + [("urn", u) for u in dangling], patient_ref=self._deferred(d),
                fresh=entry.fresh, sensitive=[c.bound for c in extracted.sensitive],
                carried=[c.name for c in extracted.sensitive if c.carries and entry.type == "Condition"],
            )
        )  # fmt: skip

    def _encounter(self, extracted: Extract) -> str | None:
        reference = extracted.encounter or ""
        return id_of(self.urns.get(reference, reference))

    def _is_here(self, target: tuple[str, str]) -> bool:
        """Whether a reference needs no look into the record: a Patient, a facility of the network, this batch."""
        type_, id_ = target
        if type_ == "Patient" or (type_ == "Organization" and room(self.service).facility_of(id_)):
            return True
        if not self.here:
            self.here = {(e.type, e.id) for e in self.entries}
        return target in self.here

    def _deferred(self, d: Draft) -> str | None:
        """The Patient id the storing statement is to find the person by."""
        if not self.deferred:
            return None
        named = patient_named(d.extract, self.urns)
        if named is None:
            self.person_of(d)  # notes the fault of a missing reference
        return named if isinstance(named, str) else None


def check_version(entry: Entry, current: Any) -> None:
    """Raises PreconditionFailed when If-Match or If-None-Match of an entry do not hold."""
    stands = current is not None and not current["deleted"]
    if entry.only_new and stands:
        raise PreconditionFailed(_STANDS)
    if entry.if_match is not None and not (stands and entry.if_match & {"*", str(current["version"])}):
        raise PreconditionFailed(_MOVED)


_FORM = Text(
    "Rujukan harus Jenis/id, urn:uuid:…, alamat http lengkap, atau #id dari resource di contained",
    "A reference must be Type/id, urn:uuid:…, a full http address, or #id of a contained resource",
)
_STANDS = Text("Sudah ada sumber daya dengan id ini", "A resource with this id exists already")
_MOVED = Text(
    "Versi di If-Match bukan versi sekarang; baca ulang dulu", "If-Match is not the present version; read again"
)
