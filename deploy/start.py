"""What happens once the house answers: the demo network and its people at the first start, and the closing words."""

import logging
from collections.abc import Awaitable, Callable

import httpx

from deploy.house import House, read_json, write_json
from services.kernel.settings import Settings

log = logging.getLogger(__name__)
PEOPLE = 2000
Note = Callable[[str], None]


def after(house: House, note: Note, *, seeding: bool) -> Callable[[], Awaitable[None]]:
    """What to do when requests are answered. A seed that was interrupted is taken up again at the next start."""

    async def started() -> None:
        if seeding and not house.seeded.exists():
            await _seed(house, note)
        note(closing_words(house))

    return started


async def _seed(house: House, note: Note) -> None:
    from deploy.demo.door import SeedError
    from deploy.demo.seed import seed

    note(f"Mengisi jejaring contoh dan {PEOPLE:,} orang … · loading the demo network and {PEOPLE:,} people …")
    kept = read_json(house.credentials)
    try:
        done = await seed(house.door, kept, PEOPLE, note, Settings().clock().today())
    except (SeedError, httpx.HTTPError) as error:
        log.error("seed interrupted", exc_info=True)
        note(
            f"Data contoh belum lengkap ({error}); dilanjutkan pada 'make up' berikutnya.\n"
            "The demo data are incomplete; the next 'make up' goes on."
        )
        return
    write_json(house.credentials, kept | {"demo": done.accounts})
    house.seeded.write_text(f"{PEOPLE}\n")


def closing_words(house: House) -> str:
    """Address, credentials, three things to try. Indonesian first, English beside."""
    kept = read_json(house.credentials)
    admin = kept["admin"]["username"]
    names = f"'demo.puskesmas', '{admin}'" if "demo" in kept else f"'{admin}'"
    here = "" if house.port == 8080 else f"SIMPUL_PORT={house.port} "
    return f"""
Simpul ILP berjalan · is running      {house.address}
Nama dan kata sandi · credentials     {house.credentials}

Tiga hal untuk dicoba · three things to try
  1. {house.address}/docs — masuk sebagai · sign in as {names}
  2. {here}make demo — satu cerita dari awal sampai akhir · one story from end to end
  3. {here}.venv/bin/simpul status — denyut sistem · the system's pulse

Ctrl-C menghentikannya, data tetap; 'make reset' mengosongkannya.
Ctrl-C stops it and data stay; 'make reset' empties them."""
