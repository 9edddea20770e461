"""The words of a referral: states, verbs, sides, urgency, direction, outcome."""

from enum import StrEnum

REFERRAL = "referral"
"""Event type: a step was taken. `data` is a `ReferralChanged`."""


class State(StrEnum):
    """Keadaan rujukan (where a referral stands). Closed list; only `closed` is an end, and it always has an outcome."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    EXPIRED = "expired"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    IN_CARE = "in-care"
    CLOSED = "closed"


class Verb(StrEnum):
    """Langkah yang diambil orang (the steps that people take)."""

    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    REDIRECT = "redirect"
    RAISE = "raise"
    DEPART = "depart"
    ARRIVE = "arrive"
    NO_SHOW = "no-show"
    TREAT = "treat"
    REFER_BACK = "refer-back"
    CLOSE = "close"
    CANCEL = "cancel"


class Alarm(StrEnum):
    """Langkah jam: mengingatkan, menyatakan tidak dijawab, menaikkan ke dinas (the steps that the clock takes)."""

    REMIND = "remind"
    EXPIRE = "expire"
    ESCALATE = "escalate"


class Side(StrEnum):
    """Pengirim, penerima, dinas, atau jam sistem (who acts on a referral)."""

    SENDER = "sender"
    RECEIVER = "receiver"
    OFFICE = "office"
    CLOCK = "clock"


class Urgency(StrEnum):
    """Kegawatan (urgency)."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Kind(StrEnum):
    """Arah rujukan: ke tingkat lebih tinggi, setingkat, balik, atau sebagian/penunjang (direction)."""

    VERTICAL = "vertical"
    HORIZONTAL = "horizontal"
    BACK = "back"
    PARTIAL = "partial"


class Outcome(StrEnum):
    """Hasil akhir rujukan yang ditutup (how a closed referral ended)."""

    BACK_REFERRED = "back-referred"
    ADMITTED = "admitted"
    DISCHARGED = "discharged"
    REFERRED_ON = "referred-on"
    LEFT = "left"
    DIED = "died"
    NO_SHOW = "no-show"
    CANCELLED = "cancelled"
