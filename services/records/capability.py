"""The CapabilityStatement, made from the tables that drive the code."""

from functools import lru_cache
from typing import Any

from services.records.params.query import targets_of
from services.records.params.table import Param, table
from services.records.schema.stored import STORED

_IPS = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
_DEFINED = "http://hl7.org/fhir/OperationDefinition/"
OPERATIONS: dict[str, dict[str, str]] = {
    "Patient": {
        "everything": _DEFINED + "Patient-everything",
        "ihe-pix": "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
        "match": _DEFINED + "Patient-match",
        "merge": _DEFINED + "Patient-merge",
        "summary": _IPS,
    },
    "Encounter": {"everything": _DEFINED + "Encounter-everything"},
}
"""Type → operation → its definition."""
EVERYWHERE = {"validate": _DEFINED + "Resource-validate"}
"""Operations of every type."""
INTERACTIONS = (
    "read", "vread", "history-instance", "history-type", "search-type", "create", "update", "patch", "delete",
)  # fmt: skip


_MEMBERSHIP = (
    "Kepesertaan JKN dijawab layanan JKN dari pernyataan BPJS, di depan yang disimpan di sini; "
    "CoverageEligibilityRequest dijawab dengan CoverageEligibilityResponse (the JKN service answers from BPJS'"
    " statements, before what is stored here; a CoverageEligibilityRequest is answered with its Response)"
)
_SAID_OF = {
    "ServiceRequest": "3457005 kepada Organization jejaring ini adalah rujukan: diputuskan layanan rujukan, lalu"
    " disimpan; status=revoked membatalkannya. Polling: performer, requester, _lastUpdated=ge{terakhir - 2 menit};"
    " /v1/changes tanpa celah (a referral is decided by the referrals service; poll with an overlap, or /v1/changes)",
    "Task": "SATUSEHAT Rujukan: referral-pre-request, request-referral-candidate, referral-approval-request; kandidat"
    " menjawab dengan PATCH (status=completed, output accepted atau rejected); Task fulfill (focus ServiceRequest)"
    " mengikuti rujukan dan menerima langkah (a candidate answers by PATCH; the fulfil Task follows and takes steps)",
    **dict.fromkeys(("Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse"), _MEMBERSHIP),
}
_NUMBER = {"name": "subscriber-id", "type": "string", "documentation": "Nomor kartu JKN (JKN card number)"}


def statement(base: str) -> dict[str, Any]:
    """What this server can do, as FHIR R4."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-21",
        "kind": "instance",
        "software": {"name": "Simpul ILP", "version": "0.1.0"},
        "implementation": {"description": "Catatan bersama layanan primer (shared primary-care record)", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"service": [{"text": "OAuth2 client credentials (/oauth2/v1/accesstoken)"}]},
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "resource": [_resource(t) for t in sorted(STORED)],
            }
        ],
    }


def _resource(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": c} for c in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "conditionalRead": "full-support",
        "referencePolicy": ["literal", "logical", "local"],
        "searchInclude": [f"{type_}:{p.name}" for p in table()[type_].values() if p.kind == "reference"],
        "searchRevInclude": _led_from()[type_],
        "searchParam": [_param(p) for p in table()[type_].values()],
    }
    found = {k: v for k, v in found.items() if v != []}
    if type_ in _SAID_OF:
        found["documentation"] = _SAID_OF[type_]
    if type_ == "Coverage":
        found["searchParam"].append(_NUMBER)
    operations = OPERATIONS.get(type_, {}) | EVERYWHERE
    found["operation"] = [{"name": n, "definition": d} for n, d in operations.items()]
    return found


def _param(p: Param) -> dict[str, Any]:
    found = {"name": p.name, "type": p.kind}
    if p.own:
        found["documentation"] = "Tidak ada dalam R4; dipakai SATUSEHAT atau rumah ini (not in R4: SATUSEHAT's or ours)"
    elif p.column == "date":
        found["documentation"] = "Dibandingkan dengan saat mulainya (compared with the moment it began)"
    return found


@lru_cache(maxsize=1)
def _led_from() -> dict[str, list[str]]:
    """Type → what points to it, as `_revinclude` names it. What points to anything (Provenance:target) is left out."""
    found: dict[str, list[str]] = {t: [] for t in STORED}
    for type_, params in sorted(table().items()):
        for p in params.values():
            if p.kind == "reference" and "Resource" not in p.targets:
                for target in targets_of(p):
                    found[target].append(f"{type_}:{p.name}")
    return found
