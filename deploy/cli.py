"""The command `simpul`: start the house, look at it, open its accounts, load its network, empty it."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy import topology
from deploy.house import House
from deploy.obstacle import Obstacle

LOG_LIMIT = 10_000_000  # bytes; a longer log becomes `simpul.log.1` at the next start


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: it did what was asked; 1: what it was to prove does not hold; 2: something stood in the way,
    and a plain sentence says what."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(House(), chosen) or 0)
    except Obstacle as obstacle:
        print(f"{obstacle.id}\n{obstacle.en}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a closed folder: the machine's matter, and a traceback helps nobody
        where = f" ({error.filename})" if error.filename else ""
        print(f"Sistem operasi menolak · the system refused: {error.strerror or error}{where}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simpul", description="Simpul ILP")
    verbs = parser.add_subparsers(required=True, metavar="PERINTAH")

    def verb(name: str, run: Any, about: str, under: Any = verbs) -> argparse.ArgumentParser:
        found: argparse.ArgumentParser = under.add_parser(name, help=about, description=about)
        found.set_defaults(run=run)
        return found

    up = verb("up", _up, "jalankan semuanya · start everything")
    up.add_argument("--split", action="store_true", help="satu proses tiap layanan · one process per service")
    up.add_argument("--no-seed", action="store_true", help="tanpa data contoh · without the demo people")
    serve = verb("serve", _serve, "jalankan satu layanan · run one service")
    serve.add_argument("process", choices=topology.PROCESSES)
    verb("migrate", _migrate, "siapkan basis data · create and update the databases")
    status = verb("status", _status, "denyut sistem · the system's pulse")
    status.add_argument("--json", action="store_true")
    verb("demo", _demo, "mainkan ceritanya · play the story")
    simulator = verb("jkn-simulator", _jkn_simulator, "jalankan simulator BPJS saja · run the BPJS simulator alone")
    simulator.add_argument("--port", type=int, default=8090)
    simulator.add_argument("--state", type=Path, metavar="FOLDER", help="tempat datanya · where its world is kept")
    reset = verb("reset", _reset, "kosongkan folder data · empty the data folder")
    reset.add_argument("--yes", action="store_true", help="tanpa bertanya · do not ask")

    client = verbs.add_parser("client", help="aplikasi faskes · client applications").add_subparsers(required=True)
    add = verb("add", _client_add, "daftarkan aplikasi; id dan secret tampil sekali · shown once", client)
    add.add_argument("--facility", required=True, metavar="KODE")
    add.add_argument("--face", choices=("fhir", "satusehat"), default="fhir")
    add.add_argument("--name")
    add.add_argument("--json", action="store_true")

    staff = verbs.add_parser("staff", help="akun staf · staff accounts").add_subparsers(required=True)
    add = verb("add", _staff_add, "buka akun staf; kata sandi dari masukan baku · password from standard input", staff)
    add.add_argument("--username", required=True)
    add.add_argument("--role", required=True)
    add.add_argument("--facility", metavar="KODE")
    add.add_argument("--name")

    audit = verbs.add_parser("audit", help="jejak akses · the access log").add_subparsers(required=True)
    proof = verb("verify", _audit_verify, "buktikan rantainya; 1 bila putus · prove the chain; 1 when broken", audit)
    proof.add_argument("--json", action="store_true")

    jkn = verbs.add_parser("jkn-key", help="kunci rahasia BPJS · the key of BPJS secrets").add_subparsers(required=True)
    verb("renew", _jkn_key_renew, "kunci baru; rahasia disegel ulang saat mulai · sealed anew at the next start", jkn)

    network = verbs.add_parser("network", help="jejaring faskes · the network").add_subparsers(required=True)
    load = verb("load", _network_load, "muat areas.csv, facilities.csv, catchments.csv, links.csv dari folder", network)
    load.add_argument("folder", type=Path)
    load.add_argument("--rest", action="store_true", help="muat baris yang benar saja · load the rows that are right")
    return parser


def _up(house: House, chosen: argparse.Namespace) -> None:
    from deploy import onebox, split
    from deploy.placing import own_folder
    from deploy.start import after

    own_folder(house.data)
    _log_to_file(house)
    way = split.up if chosen.split else onebox.up
    way(house, _say, after(house, _say, seeding=not chosen.no_seed))


def _serve(house: House, chosen: argparse.Namespace) -> None:
    from deploy import server, split
    from services.kernel import logs

    logs.configure()
    server.run(lambda stop: split.serve(chosen.process, house, stop))


def _migrate(house: House, _: argparse.Namespace) -> None:
    from deploy.migrate import migrate

    databases = house.given_databases()
    if not databases:
        raise Obstacle(
            id="Tidak ada SIMPUL_*_DATABASE_URL; basis data bawaan disiapkan oleh 'make up'.",
            en="No SIMPUL_*_DATABASE_URL is set; the embedded databases are prepared by 'make up'.",
        )
    migrate(databases, _say)


def _status(house: House, chosen: argparse.Namespace) -> None:
    from deploy.status import as_text, status

    found = status(house)
    print(json.dumps(found) if chosen.json else as_text(found))


def _audit_verify(house: House, chosen: argparse.Namespace) -> int:
    from deploy import audit

    proofs = audit.verify(house, lambda sentence: print(sentence, file=sys.stderr, flush=True))
    print(json.dumps(audit.as_json(proofs)) if chosen.json else audit.as_text(proofs))
    return 1 if any(proof.fault for proof in proofs.values()) else 0


def _demo(house: House, _: argparse.Namespace) -> None:
    from deploy.demo.play import play

    asyncio.run(play(house.door, house.credentials))


def _jkn_simulator(house: House, chosen: argparse.Namespace) -> None:
    from deploy.placing import own_folder
    from deploy.simulator import alone

    if chosen.state is None:
        own_folder(house.data)
    alone(house.host, chosen.port, chosen.state or house.data / topology.SIMULATOR, _say)


def _reset(house: House, chosen: argparse.Namespace) -> None:
    from deploy.reset import reset

    if sys.stdin.isatty() and not chosen.yes:
        print(f"Semua data di {house.data} akan dihapus. · All data in {house.data} will be deleted.")
        if input("Ketik 'ya' · type 'ya': ").strip().lower() not in ("ya", "yes"):
            return
    reset(house)
    print(f"{house.data} kosong · is empty")


def _client_add(house: House, chosen: argparse.Namespace) -> None:
    from deploy.remote import Admin

    wish = {"facility": chosen.facility, "face": chosen.face, "name": chosen.name}
    with Admin(house) as admin:
        made = admin.post("/v1/clients", {k: v for k, v in wish.items() if v is not None})
    if chosen.json:
        print(json.dumps({"id": made["id"], "secret": made["secret"], "facility": made["facility"]}))
    else:
        print(f"id      {made['id']}\nsecret  {made['secret']}\nSecret ini tidak tampil lagi · not shown again")


def _staff_add(house: House, chosen: argparse.Namespace) -> None:
    import getpass

    from deploy.remote import Admin

    terminal = sys.stdin.isatty()
    password = getpass.getpass("Kata sandi · password: ") if terminal else sys.stdin.readline().rstrip("\n")
    wish = {
        "username": chosen.username,
        "password": password,
        "role": chosen.role,
        "facility": chosen.facility,
        "name": chosen.name,
    }
    with Admin(house) as admin:
        made = admin.post("/v1/staff", {k: v for k, v in wish.items() if v is not None})
    print(f"{made['username']} ({made['role']})")


def _jkn_key_renew(house: House, _: argparse.Namespace) -> None:
    name = house.renew_jkn_key()
    print(f"Kunci {name} dibuat. Mulai ulang Simpul: semua rahasia BPJS disegel dengannya.")
    print(f"Key {name} is made. Restart Simpul: all BPJS secrets are sealed under it.")


def _network_load(house: House, chosen: argparse.Namespace) -> None:
    from deploy.network import load

    load(house, chosen.folder, rest=chosen.rest, note=_say)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _log_to_file(house: House) -> None:
    """`up` speaks to a person; what the services log goes to a file."""
    from services.kernel import logs

    if house.log.exists() and house.log.stat().st_size > LOG_LIMIT:
        house.log.rename(house.log.with_suffix(".log.1"))
    logs.configure()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(house.log.open("a", encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
