"""4. The doctor refers her to the puskesmas: every step has who, when, why; an illegal one is refused."""

from datetime import timedelta
from typing import Any

from deploy.demo.story.stage import Stage
from deploy.demo.story.step import Failed, Shown, expect, step

REASON = "Tekanan darah 150/95 pada kehamilan 40 minggu; perlu protein urin dan pemantauan"


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
                "urgency": "urgent",
                "kind": "horizontal",
                "diagnosis": "O13",
                "reason": REASON,
            },
            status=(201, 403, 404),
        )

    made, _ = await stage.until(send, lambda _: stage.notes["status"] == 201)
    stage.notes["referral"] = made.get("id")
    return expect("201 sent", f"{stage.notes['status']} {made.get('state')}")


@step(4, "Puskesmas melihatnya di kotak masuk", "The puskesmas sees it in its inbox")
async def inbox(stage: Stage) -> Shown:
    box = await stage.get("puskesmas", "/v1/referrals", box="inbox", state="sent", limit=200)
    mine = [item for item in box["items"] if item["id"] == stage.notes["referral"]]
    if not mine:
        raise Failed(stage.notes["referral"], f"{len(box['items'])} rujukan lain (others)")
    return expect(REASON, mine[0]["content"]["reason"])


@step(4, "Langkah tidak sah ditolak dengan yang sah", "An illegal step is refused, naming the legal ones")
async def illegal_step(stage: Stage) -> Shown:
    answer = await stage.call("puskesmas", "POST", f"{_path(stage)}/treat", json={}, status=409)
    return expect(["accept", "decline", "redirect"], answer.get("legal"))


@step(4, "Diterima, berangkat, tiba, ditangani", "Accepted, departed, arrived, treated")
async def walk(stage: Stage) -> Shown:
    states = []
    for part, verb, told in (
        ("puskesmas", "accept", {"note": "Ditunggu di poli KIA"}),
        ("doctor", "depart", {"note": "Diantar suami"}),
        ("puskesmas", "arrive", {}),
        ("puskesmas", "treat", {"note": "Protein urin negatif, dipantau"}),
    ):
        answer = await stage.post(part, f"{_path(stage)}/{verb}", told)
        states.append(answer["state"])
    return expect("accepted departed arrived in-care", " ".join(states))


@step(4, "Dirujuk balik dengan saran dan tanggal kontrol", "Referred back with advice and a follow-up date")
async def refer_back(stage: Stage) -> Shown:
    advice = "Ukur tekanan darah dua kali seminggu; segera kembali bila pusing atau pandangan kabur"
    due = (stage.today + timedelta(days=7)).isoformat()
    answer = await stage.post("puskesmas", f"{_path(stage)}/refer-back", {"advice": advice, "due": due})
    seen = f"{answer['state']} {answer['outcome']} {answer['follow_up']['due']}"
    return expect(f"closed back-referred {due}", seen)


@step(4, "Setiap langkah: siapa, kapan, mengapa", "Each step has who, when, why")
async def history(stage: Stage) -> Shown:
    detail = await stage.get("doctor", _path(stage))
    verbs = [entry["verb"] for entry in detail["history"]]
    complete = all(entry["who"] and entry["at"] and entry["facility"] for entry in detail["history"])
    expected = ["send", "accept", "depart", "arrive", "treat", "refer-back"]
    return expect(expected, verbs, verbs == expected and complete)


def _path(stage: Stage) -> str:
    return f"/v1/referrals/{stage.notes['referral']}"
