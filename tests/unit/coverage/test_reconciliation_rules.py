"""What does not agree between the outbox and BPJS' list: every kind, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.contract.reconciliation import Kind, Owner
from services.coverage.rules.reconciliation import Ours, Theirs, compare, pairs

SENT = Ours("d1", "e1", "p1", "delivered", None, "001", "A1", "V1", "mark-1")
THERE = Theirs("001", "A1", "mark-1", visit="V1", asked=True)
BODY: dict[str, str | None] = {"kdPoli": "001", "kdDiag1": "I10", "kdDiag2": None, "kdStatusPulang": "3"}


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted", "kinds"),
    [
        ([SENT], [THERE], {}, []),
        ([SENT], [replace(THERE, content=BODY)], {"d1": dict(BODY)}, []),
        ([SENT], [replace(THERE, content={"kdDiag1": "I10"})], {"d1": BODY}, []),
        ([SENT], [replace(THERE, content=BODY)], {"d1": BODY | {"kdDiag1": "E11"}}, [Kind.DIFFERS]),
        ([SENT], [], {}, [Kind.NOT_LISTED]),
        ([replace(SENT, seen=True)], [], {}, [Kind.DELETED_THERE]),
        ([replace(SENT, seen=True)], [replace(THERE, visit=None)], {}, [Kind.DELETED_THERE]),
        ([SENT], [replace(THERE, visit=None, asked=False)], {}, []),
        ([], [THERE], {}, [Kind.NOT_OURS]),
        ([SENT], [THERE, replace(THERE, no_urut="A2")], {}, [Kind.TWICE]),
        ([replace(SENT, state="parked", because="rule", no_urut=None, no_kunjungan=None, mark=None)], [], {},
         [Kind.NOT_SENT]),
        ([replace(SENT, state="parked", because="second-of-day")], [], {}, [Kind.TWICE]),
        ([replace(SENT, state="parked", because="rule")], [THERE], {}, [Kind.DIFFERS]),
        ([replace(SENT, state="waiting", no_urut=None, mark=None)], [], {}, [Kind.NOT_SENT]),
        ([replace(SENT, state="waiting", no_urut=None, mark=None, fresh=True)], [], {}, []),
        ([replace(SENT, state="removed")], [THERE], {}, [Kind.STILL_THERE]),
        ([replace(SENT, state="removed")], [], {}, []),
        ([replace(SENT, state="skipped", because="not-member")], [], {}, []),
        ([replace(SENT, state="skipped", because="closed-month")], [], {}, [Kind.LATE]),
        ([replace(SENT, no_urut=None, mark=None)], [replace(THERE, mark=None, person_id="p1")], {}, []),
    ],
)  # fmt: skip
def test_each_kind(
    ours: list[Ours], theirs: list[Theirs], wanted: Mapping[str, Mapping[str, str | None]], kinds: list[Kind]
) -> None:
    assert [d.kind for d in compare(ours, theirs, wanted)] == kinds


def test_whose_turn_it_is_follows_from_why_it_is_not_sent() -> None:
    waiting = replace(SENT, state="waiting", no_urut=None, no_kunjungan=None, mark=None)
    owners = [compare([replace(waiting, because=why)], [], {})[0].owner for why in ("timeout", "gap", None)]
    assert owners == [Owner.BPJS, Owner.FACILITY, Owner.FACILITY]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["001", "002"])), unique=True), st.data())
def test_a_registration_belongs_to_one_delivery(listed: list[tuple[str, str]], data: st.DataObject) -> None:
    theirs = [Theirs(poli, f"A{n}", card) for n, (card, poli) in enumerate(listed)]
    ours = [
        Ours(
            f"d{n}", f"e{n}", None, "delivered", None, t.poli, t.no_urut if data.draw(st.booleans()) else None, None,
            t.mark,
        )
        for n, t in enumerate(theirs) if data.draw(st.booleans())
    ]  # fmt: skip
    found, left = pairs(ours, theirs)
    assert len(found) == len(ours) and len(found) + len(left) == len(theirs)
    assert len({id(t) for t in found.values()}) == len(found)
    assert all((t.mark, t.poli) == (o.mark, o.poli) for o in ours for t in (found[o.delivery_id],))
