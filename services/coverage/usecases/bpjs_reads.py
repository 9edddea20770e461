"""What reads of BPJS share: whose line is asked, and what is said when it gives nothing."""

import re

from services.coverage import peers
from services.coverage.bpjs.outcomes import OF_THE_LINE, Because, Member, Refused
from services.coverage.bpjs.outcomes import Unavailable as NoAnswer
from services.coverage.bpjs.wire import BpjsService
from services.coverage.rules.bpjs_words import words
from services.coverage.usecases.eligibility import asking_facility
from services.coverage.usecases.lines import OpenLine, district_pcare, line_of, told_off
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Fault, NotFound, Problem, Text, Unavailable, Unprocessable
from services.kernel.service import Service

_NUMBER = re.compile(r"\d{13,}")


async def line_for(service: Service, actor: Actor, facility: str | None, which: BpjsService) -> OpenLine:
    """The line a question goes over: the caller's facility's, or the one an office names.

    Raises Refused (another's), Unprocessable (none named), Conflict (no line, or a held one).
    """
    code = asking_facility(actor, facility)
    if code is None:
        fault = Fault("/facility", Text("sebutkan faskesnya", "name the facility"), "required")
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [fault])
    line = await line_of(service, code, which)
    if line is None or line.held is not None:
        raise Conflict(words(line.held if line is not None and line.held else Because.NO_LINE))
    return line


async def nothing(service: Service, line: OpenLine, reply: Refused | NoAnswer) -> Problem:
    """The problem to raise for a reply that gives nothing; a refused sign-in holds its line."""
    if isinstance(reply, NoAnswer):
        wait = str(int(reply.wait)) if reply.wait else "30"
        return Unavailable(words(reply.because), headers={"Retry-After": wait}, extra={"trouble": reply.because.value})
    await told_off(service, line, reply)
    said = _NUMBER.sub("…", reply.message)[:300]
    if reply.because is Because.NO_DATA:
        return NotFound(Text(f"BPJS: {said}", f"BPJS: {said}") if said else words(reply.because))
    if reply.because in OF_THE_LINE:
        return Conflict(words(reply.because), extra={"trouble": reply.because.value})
    faults = [Fault(f"/{name}", Text(m, m), "bpjs") for name, m in ((n, _NUMBER.sub("…", m)) for n, m in reply.fields)]
    return Unprocessable(Text(f"BPJS menolak: {said}", f"BPJS refuses: {said}"), faults)


async def card_of(service: Service, facility: str, person_id: str) -> str:
    """The person's card number: the record's, else the one PCare says for their NIK. Raises Unprocessable."""
    numbers = await peers.numbers_of(service, person_id)
    if numbers is not None and numbers.jkn:
        return numbers.jkn
    if numbers is not None and numbers.nik:
        line = await line_of(service, facility, BpjsService.PCARE)
        pcare = line.pcare if line is not None and line.held is None else district_pcare(service)
        member = await pcare.member_by_nik(numbers.nik) if pcare else None
        if isinstance(member, Member) and member.card:
            return member.card
    raise Unprocessable(
        Text("Nomor kartu JKN orang ini belum diketahui", "This person's JKN card number is not known yet")
    )
