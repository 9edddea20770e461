"""4. The doctor refers her: where to, with reasons; declined it goes on by itself; back home with advice."""

from datetime import timedelta
from typing import Any

from deploy.demo.story.stage import FHIR, Stage
from deploy.demo.story.step import Failed, Shown, expect, step

REASON = "Tekanan darah 150/95 pada kehamilan 40 minggu; perlu protein urin dan pemantauan"


@step(4, "Ke mana merujuk: calon dengan alasannya", "Where to refer: candidates with their reasons")
async def candidates(stage: Stage) -> Shown:
    found = await stage.get("doctor", "/v1/referrals/candidates", diagnosis="O13", urgency="urgent")
    ranked = [item["rank"] for item in found["items"]]
    reasoned = all(item["criteria"] and item["criteria"][0]["words"]["id"] for item in found["items"])
    first = found["items"][0]["facility"] if found["items"] else "-"
    seen = f"{first}, {found['found']} calon"
    return expect("peringkat dan alasan (ranks, reasons)", seen, bool(ranked) and ranked == sorted(ranked) and reasoned)


@step(4, "Jam menjaganya: ingatkan, calon berikut, dinas", "The clock minds it: remind, next candidate, office")
async def clock(stage: Stage) -> Shown:
    rules = (await stage.get("doctor", "/v1/referrals/clocks"))["rules"]
    minded = {
        state: [
            r["what"] for r in rules if r["state"] == state and r["urgency"] in ("urgent", "all") and r["what"] != "due"
        ]
        for state in ("sent", "expired")
    }
    said = [*minded["sent"], *minded["expired"]]
    return expect(["remind", "expire", "escalate"], list(dict.fromkeys(said)))


@step(4, "Dokter merujuk ke puskesmas dengan alasan", "The doctor refers her to the puskesmas, with a reason")
async def refer(stage: Stage) -> Shown:
    async def send() -> Any:
        return await stage.call(
            "doctor",
            "POST",
            "/v1/referrals",
            json={
                "patient": {"nik": stage.cast.mother.nik},
                "to_facility": stage.speakers["puskesmas"].facility,
                "then": [stage.speakers["hospital"].facility],
                "urgency": "urgent",
                "kind": "horizontal",
                "diagnosis": "O13",
                "reason": REASON,
                "consent": True,
            },
            status=(201, 403, 404),
        )

    made, _ = await stage.until(send, lambda _: stage.notes["status"] == 201)
    stage.notes["referral"] = made.get("id")
    return expect("201 sent receiver", f"{stage.notes['status']} {made.get('state')} {made.get('owner')}")


@step(4, "Puskesmas melihatnya di kotak masuk, dengan resume", "The puskesmas sees it in its inbox, with a summary")
async def inbox(stage: Stage) -> Shown:
    box = await stage.get("puskesmas", "/v1/referrals", box="inbox", state="sent", limit=200)
    mine = [item for item in box["items"] if item["id"] == stage.notes["referral"]]
    if not mine:
        raise Failed(stage.notes["referral"], f"{len(box['items'])} rujukan lain (others)")
    whole = await stage.get("puskesmas", _path(stage))
    return expect(f"{REASON} + resume", mine[0]["content"]["reason"] + (" + resume" if whole["summary"] else ""))


@step(4, "Langkah tidak sah ditolak dengan yang sah", "An illegal step is refused, naming the legal ones")
async def illegal_step(stage: Stage) -> Shown:
    answer = await stage.call("puskesmas", "POST", f"{_path(stage)}/treat", json={}, status=409)
    return expect(["accept", "decline", "redirect"], answer.get("legal"))


@step(4, "Ditolak: calon berikutnya langsung ditanya", "Declined: the next candidate is asked at once")
async def decline(stage: Stage) -> Shown:
    await stage.post("puskesmas", f"{_path(stage)}/decline", {"reason": "Reagen protein urin habis sampai Senin"})
    seen = await stage.get("doctor", _path(stage))
    hospital = stage.speakers["hospital"].facility
    return expect(f"sent 2 {hospital}", f"{seen['state']} {seen['leg']} {seen['to_facility']}")


@step(4, "RSUD: isi dan resume, rekamnya belum", "The hospital: content and summary, the record not yet")
async def before_acceptance(stage: Stage) -> Shown:
    seen = await stage.get("hospital", _path(stage))
    await stage.call("hospital", "GET", f"{FHIR}/Patient/{stage.notes['patient']}", status=403)
    shown = f"{'isi' if seen['content'] else '-'} {'resume' if seen['summary'] else '-'} {stage.notes['status']}"
    return expect("isi resume 403", shown)


@step(4, "Diterima: rekamnya terbuka", "Accepted: the record opens")
async def after_acceptance(stage: Stage) -> Shown:
    answer = await stage.post("hospital", f"{_path(stage)}/accept", {"note": "Ditunggu di poli kandungan"})

    async def look() -> int:
        await stage.call("hospital", "GET", f"{FHIR}/Patient/{stage.notes['patient']}", status=(200, 403))
        return int(stage.notes["status"])

    status, _ = await stage.until(look, lambda status: status == 200)
    return expect("accepted 200", f"{answer['state']} {status}")


@step(4, "Berangkat, tiba, ditangani", "Departed, arrived, treated")
async def walk(stage: Stage) -> Shown:
    states = []
    for part, verb, told in (
        ("doctor", "depart", {"note": "Diantar suami"}),
        ("hospital", "arrive", {}),
        ("hospital", "treat", {"note": "Protein urin negatif, dipantau"}),
    ):
        answer = await stage.post(part, f"{_path(stage)}/{verb}", told)
        states.append(answer["state"])
    return expect("departed arrived in-care", " ".join(states))


@step(4, "Dirujuk balik dengan saran dan tanggal kontrol", "Referred back with advice and a follow-up date")
async def refer_back(stage: Stage) -> Shown:
    advice = "Ukur tekanan darah dua kali seminggu; segera kembali bila pusing atau pandangan kabur"
    due = (stage.today + timedelta(days=7)).isoformat()
    answer = await stage.post("hospital", f"{_path(stage)}/refer-back", {"advice": advice, "due": due})
    seen = f"{answer['state']} {answer['outcome']} {answer['follow_up']['due']}"
    return expect(f"closed back-referred {due}", seen)


@step(4, "Dokter menindaklanjuti, tepat waktu", "The doctor follows up, in time")
async def follow_up(stage: Stage) -> Shown:
    page = await stage.get("doctor", "/v1/referrals/follow-ups", limit=200)
    mine = [item["stands"] for item in page["items"] if item["referral"] == stage.notes["referral"]]
    told = {"note": "Kunjungan rumah: tekanan darah 128/80"}
    done = await stage.post("doctor", f"/v1/referrals/follow-ups/{stage.notes['referral']}", told)
    return expect("due done", f"{' '.join(mine)} {done['stands']}")


@step(4, "Setiap langkah: siapa, kapan, mengapa", "Each step has who, when, why")
async def history(stage: Stage) -> Shown:
    detail = await stage.get("doctor", _path(stage))
    verbs = [entry["verb"] for entry in detail["history"]]
    complete = all(entry["who"] and entry["at"] and entry["facility"] for entry in detail["history"])
    expected = ["send", "decline", "send", "accept", "depart", "arrive", "treat", "refer-back"]
    return expect(expected, verbs, verbs == expected and complete)


@step(4, "Angkanya langsung berubah", "The figures know it at once")
async def counted(stage: Stage) -> Shown:
    found = await stage.get("doctor", "/v1/referrals/figures", by="sender")
    row = found["all"]
    seen = f"ditolak {row['declined']}, tertutup {row['closed']}, balik {row['back_referred']}"
    good = row["declined"] >= 1 and row["closed"] >= 1 and row["back_referred"] >= 1
    return expect("ditolak, tertutup, balik ≥ 1", seen, good)


def _path(stage: Stage) -> str:
    return f"/v1/referrals/{stage.notes['referral']}"
