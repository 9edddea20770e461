"""Numbers for other systems: files for Excel, FHIR Measure and MeasureReport, DHIS2 data values."""

import csv
import io
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import httpx
from fhirclient.models.bundle import Bundle
from fhirclient.models.measure import Measure
from fhirclient.models.measurereport import MeasureReport

from services.indicators import fhir
from services.indicators.contract import By, Card, Indicator, Numbers, Row, Words
from services.indicators.rules import dhis2, files
from services.kernel.problems import Text
from services.kernel.rows import read
from services.kernel.sheets import xlsx
from tests.service.indicators.world import TODAY, Stage, Write, condition, patient, who

Caller = Callable[..., httpx.AsyncClient]
SPM8 = "spm-08.permenkes-6-2024"
REPORT = f"/v1/indicators/fhir/Measure/{SPM8}/$evaluate-measure"
SPAN = {"periodStart": "2026-01-01", "periodEnd": "2026-12-31"}
CSV = {"content-type": "text/csv"}


async def some(stage: Stage) -> None:
    """Seven persons with hypertension: five of P1 (village …1001), one of …1002, one of P2; one of them is served."""
    villages = ["1410011001"] * 5 + ["1410011002", "1410022003"]
    for n, village in enumerate(villages, 1):
        await stage.write([
            Write("Patient", f"p{n}", who(n), patient(date(1960, 1, n), village)),
            Write("Condition", f"c{n}", who(n), condition("I10", date(2026, 11, 1))),
        ])  # fmt: skip


async def test_files_for_excel_say_what_the_answer_says(caller: Caller, stage: Stage) -> None:
    await some(stage)
    admin = caller("dinkes-admin")
    asked = {"by": "village", "year": 2026}
    said = (await admin.get("/v1/indicators/spm-08", params=asked)).json()
    answer = await admin.get("/v1/indicators/spm-08", params=asked | {"format": "csv"})
    assert answer.headers["content-disposition"] == f'attachment; filename="{SPM8}-village-{TODAY}.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(r["Kode"], r["Sasaran riil"]) for r in lines] == [
        ("*", "7"), *((r["code"], str(r["eligible"])) for r in said["rows"]), ("#", "0")
    ]  # fmt: skip
    assert sum(int(lines[0][m]) for m in files.MONTHS) == said["total"]["served"]
    book = await admin.get("/v1/indicators/spm-08", params=asked | {"format": "xlsx"})
    rows = list(xlsx(book.content, 100, Text("", ""), "indikator"))
    assert rows[1][1][:8] == [SPM8, 2026, str(TODAY), "*", "Jumlah", "", "", 7]
    whole = await admin.get("/v1/indicators", params={"format": "csv"})
    assert whole.headers["content-disposition"] == f'attachment; filename="indikator-{TODAY.year}.csv"'
    assert SPM8 in whole.text and (await admin.get("/v1/indicators?format=pdf")).status_code == 422
    who_did = await admin.get("/v1/indicators/spm-08", params={"by": "facility", "format": "csv"})
    assert who_did.status_code == 200


def test_nothing_in_a_file_runs() -> None:
    bad = "=HYPERLINK(1)"
    card = Card.model_construct(
        standard="s", id="s", title=Words(id=bad, en=""), regulation="@x", in_force=True, year=2026, as_of=TODAY,
        eligible=None, served=3, outside=0, coverage=None, official=None,
    )  # fmt: skip
    lines = files.catalogue([card])
    assert files.to_file(lines, "csv", "x").decode("utf-8-sig").splitlines()[1].startswith(f"s;'{bad};'@x;ya;2026;")
    assert list(xlsx(files.to_file(lines, "xlsx", "x"), 9, Text("", ""), "x"))[1][1][1] == bad
    hidden, none = SimpleNamespace(suppressed=True), SimpleNamespace(suppressed=False)
    assert (files.shown(None, hidden), files.shown(None, none)) == (files.HIDDEN, None)


async def test_every_standard_is_a_measure(caller: Caller) -> None:
    reader = caller("dinkes-analyst")
    answer = await reader.get("/v1/indicators/fhir/Measure")
    assert answer.headers["content-type"] == "application/fhir+json"
    bundle = Bundle(answer.json(), strict=True)
    shown = (await reader.get("/v1/standards")).json()
    assert [e.resource.id for e in bundle.entry] == [s["standard"] for s in shown]
    one = Measure((await reader.get(f"/v1/indicators/fhir/Measure/{SPM8}")).json(), strict=True)
    assert one.relatedArtifact[0].display.startswith("Permenkes 6/2024")
    assert [i.code.coding[0].code for i in one.supplementalData] == ["bp", "education"]
    assert [p.code.coding[0].code for p in one.group[0].population] == [
        "initial-population", "denominator", "numerator"
    ]  # fmt: skip
    notation = {e.resource.id: e.resource.improvementNotation.coding[0].code for e in bundle.entry}
    assert (notation[SPM8], notation["pip-3-stunting.who-2006"]) == ("increase", "decrease")
    assert (await reader.get("/v1/indicators/fhir/Measure/spm-99")).status_code == 404


def counts(group: dict[str, Any]) -> list[int | None]:
    return [p.get("count") for p in group["population"]]


async def test_a_report_holds_both_denominators_and_its_strata(caller: Caller, stage: Stage) -> None:
    await some(stage)
    admin = caller("dinkes-admin")
    target = {"service": "SPM-08", "year": 2026, "village": "1410011001", "value": 8, "source": "Dinkes"}
    assert (await admin.put("/v1/targets", json={"items": [target]})).status_code == 200
    body = (await admin.get(REPORT, params=SPAN)).json()
    MeasureReport(body, strict=True)
    assert body["period"] == {"start": "2026-01-01", "end": str(TODAY)}, "a day to come means today"
    assert [g["code"]["coding"][0]["code"] for g in body["group"]] == ["registered", "official"]
    assert counts(body["group"][0]) == [7, 7, 0] and counts(body["group"][1]) == [7, 8, 0]
    assert body["group"][0]["measureScore"]["value"] == 0.0
    strata = {s["code"][0]["coding"][0]["code"]: s["stratum"] for s in body["group"][0]["stratifier"]}
    assert set(strata) == {"puskesmas", "sex", "age", "payer", "missing"}
    by = {s["value"]["coding"][0]["code"]: counts(s) for s in strata["puskesmas"]}
    assert by == {"P1": [6, 6, 0], "P2": [1, 1, 0]}
    lacking = {s["value"]["coding"][0]["code"]: counts(s) for s in strata["missing"]}
    assert lacking["education"] == [7, 7, 0]
    places = (await admin.get(REPORT, params=SPAN | {"by": "village"})).json()
    assert all(MeasureReport(e["resource"], strict=True) for e in places["entry"])
    one = places["entry"][0]["resource"]
    assert one["subject"]["reference"] == "Location/area-1410011001" and counts(one["group"][0]) == [5, 5, 0]
    wrong = await admin.get(REPORT, params={"periodStart": "2026-03-01", "periodEnd": "2026-06-30"})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/periodStart"


async def test_dhis2_takes_the_counts_in_our_codes_or_in_its_own(caller: Caller, stage: Stage) -> None:
    await some(stage)
    admin, door = caller("dinkes-admin"), "/v1/reports/dhis2/dataValueSets"
    asked = {"period": "202611", "standard": SPM8}
    body = (await admin.get(door, params=asked)).json()
    values = {(v["dataElement"], v["orgUnit"]): v["value"] for v in body["dataValues"]}
    assert values[f"{SPM8}.registered", "P1"] == "6" and values[f"{SPM8}.served", "P2"] == "0"
    assert {v["period"] for v in body["dataValues"]} == {"202611"} and body["orgUnitIdScheme"] == "CODE"
    everything = (await admin.get(door, params={"period": "2026"})).json()["dataValues"]
    assert {v["dataElement"].split(".")[0] for v in everything} >= {"spm-01", "spm-08", "pip-2"}
    lacking = await admin.get(door, params=asked | {"scheme": "uid"})
    assert lacking.status_code == 422 and "P1" in str(lacking.json()["errors"])
    table = (
        "kind;ours;theirs\norgUnit;P1;DiszpKrYNg8\norgUnit;P2;DiszpKrYNg9\ndataSet;simpul;pBOMPrpg1QX\n"
        f"dataElement;{SPM8}.registered;fbfJHSPpUQD\ndataElement;{SPM8}.served;fbfJHSPpUQE\n"
    )
    mapping = "/v1/reports/dhis2/mapping"
    assert (await admin.put(mapping, content=table, headers=CSV)).json()["lines"] == 5
    mapped = (await admin.get(door, params=asked | {"scheme": "uid"})).json()
    assert mapped["dataSet"] == "pBOMPrpg1QX" and mapped["orgUnitIdScheme"] == "UID"
    assert {"dataElement": "fbfJHSPpUQD", "period": "202611", "orgUnit": "DiszpKrYNg8", "value": "6"} in mapped[
        "dataValues"
    ]
    wrong = "kind;ours;theirs\norgUnit;P1;123\nfacility;P1;DiszpKrYNg8\norgUnit;P1;DiszpKrYNg8\n"
    answer = await admin.put(mapping, content=wrong, headers=CSV)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/2/theirs", "/3/kind", "/4/ours"]
    assert (await admin.get(mapping)).json()["version"]["version"] == 1, "nothing of a wrong file is kept"
    assert (await caller("dinkes-analyst").put(mapping, content=table, headers=CSV)).status_code == 403
    assert (await admin.get(door, params={"period": "2026W1"})).status_code == 400


def test_periods_of_dhis2() -> None:
    assert dhis2.days("202602") == (date(2026, 2, 1), date(2026, 2, 28))
    assert dhis2.days("2026Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert dhis2.days("2026S1") == (date(2026, 1, 1), date(2026, 6, 30))
    assert dhis2.days("2026") == (date(2026, 1, 1), date(2026, 12, 31))
    assert dhis2.days("202613") is None and read(b"kind;ours;theirs\n", dhis2.COLUMNS, dhis2.COLUMNS).rows == []


async def test_what_is_withheld_is_withheld_in_every_form(caller: Caller, stage: Stage) -> None:
    await some(stage)
    analyst = caller("dinkes-analyst")
    body = (await analyst.get(REPORT, params=SPAN)).json()
    MeasureReport(without_primitives(body), strict=True)
    strata = {s["code"][0]["coding"][0]["code"]: s["stratum"] for s in body["group"][0]["stratifier"]}
    assert counts(body["group"][0])[0] == 7 and {counts(s)[0] for s in strata["puskesmas"]} == {None}
    assert strata["puskesmas"][0]["population"][0]["_count"]["extension"][0]["valueCode"] == "masked"
    values = (await analyst.get("/v1/reports/dhis2/dataValueSets", params={"period": "2026", "standard": SPM8})).json()
    assert not [v for v in values["dataValues"] if v["dataElement"].endswith(".registered")]
    text = (await analyst.get("/v1/indicators/spm-08", params={"by": "puskesmas", "format": "csv"})).text
    assert [line.split(";")[7] for line in text.splitlines()[2:4]] == [files.HIDDEN, files.HIDDEN]


def test_a_stratifier_that_would_tell_what_its_total_hides_is_left_out() -> None:
    shown = Numbers.model_construct(eligible=9, served=6, coverage=66.67, official=None, missing={})
    less = shown.model_copy(update={"served": None, "coverage": None, "suppressed": True})
    whole = Indicator.model_construct(
        standard=SPM8, year=2026, as_of=TODAY, by=By.PUSKESMAS, total=shown,
        rows=[Row.model_construct(code="P1", name=None, **dict(shown))],
    )  # fmt: skip
    other = whole.model_copy(update={"by": By.SEX, "total": less})
    body = fhir.report(whole, [whole, other], ("district", "1410", None), "2026-11-21T00:00:00Z", "Dinkes", "more")
    assert [s["code"][0]["coding"][0]["code"] for s in body["group"][0]["stratifier"]] == ["puskesmas"]


def without_primitives(body: Any) -> Any:
    """Without `_count`, which the models of the library do not know."""
    if isinstance(body, dict):
        return {k: without_primitives(v) for k, v in body.items() if not k.startswith("_")}
    return [without_primitives(v) for v in body] if isinstance(body, list) else body
