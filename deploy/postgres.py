"""The database server that comes with the project: PostgreSQL's own programs, started and watched by us.

The programs come from a wheel; nothing else of that package is used. `postgres` runs as our direct child, in
a process session of its own (Ctrl-C reaches us, not it), and asks the kernel for a fast shutdown when we die.
Where files lie and who owns them is decided in `placing`.

Durability is not negotiable: fsync and synchronous_commit stay on. Only tests may ask for `durable=False`.
"""

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote, urlencode

from deploy import placing
from deploy.obstacle import Obstacle
from deploy.processes import end_with_parent

ROLE = "simpul"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",  # five services of at most 30 connections each, and room for a person with psql
    "shared_buffers": os.environ.get("SIMPUL_POSTGRES_SHARED_BUFFERS", "256MB"),
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # our statements are short; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    # An error's text, detail and statement hold row values, and those are people: none of it goes to a file.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
WORTH_A_RETRY = ("lock file", "pre-existing shared memory", "could not create any TCP/IP")
SOCKET_PATH_LIMIT = 100  # the system's limit is 107 bytes
PATIENCE = 300.0  # seconds; replaying the write-ahead log after a crash may take long, a normal start 0.05 s
LOG_LIMIT = 10_000_000  # bytes; a longer log becomes `postgres.log.1` at the next start


class Embedded:
    """One PostgreSQL server on one data folder. `start` and `stop` block; call them from the main thread.

    The kernel's promise "stop it when we die" is tied to the *thread* that started the child, hence the main.
    A context manager: started on entry, stopped on exit.
    """

    def __init__(
        self, data: Path, *, durable: bool = True, note: Callable[[str], None] = lambda sentence: None
    ) -> None:
        self.data = data
        self._durable = durable
        self._note = note
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._port = 0
        self._password = ""
        self._socket_folder: Path | None = None

    def __enter__(self) -> "Embedded":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Bring the server up; return when it takes connections. A crashed server returns to its address.

        Raises Obstacle when something stands in the way that a person must remove.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("Embedded.start() belongs in the main thread")
        if self.alive():
            return
        try:
            self.data = placing.own_folder(self.data)
            self._take_lock()
            self._who = placing.account()
            self._programs = placing.programs(self._who)
            self._cluster = self._find_or_make_cluster()
            self._password = (self._cluster / "simpul.password").read_text()
            self._socket_folder = self._find_socket_folder()
            self._end_older_server()
            self._launch_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down: connections are cut, what was committed is kept. Harmless when stopped."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:  # a slow disk at the last checkpoint; the log will be replayed
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(30)
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def alive(self) -> bool:
        """Whether our server process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        return self._process.pid if self._process is not None and self.alive() else None

    def url(self, database: str) -> str:
        """The address of a database, password included; by unix socket where its path is short enough."""
        who = f"postgresql://{ROLE}:{quote(self._password)}@"
        if self._socket_folder is None:
            return f"{who}127.0.0.1:{self._port}/{database}"
        return f"{who}/{database}?{urlencode({'host': self._socket_folder, 'port': self._port}, safe='/')}"

    def ensure_databases(self, names: Iterable[str], *, template: str = "template0") -> None:
        """Create those of `names` that are missing, as copies of `template`."""
        there = set(self.sql("SELECT datname FROM pg_database").split())
        for name in names:
            if name not in there:
                self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the server's owner and return its rows as plain lines."""
        host = str(self._socket_folder or "127.0.0.1")
        where = ["-h", host, "-p", str(self._port), "-U", ROLE, "-d", database]
        done = subprocess.run(
            [self._programs / "psql", "-XAtq", *where, "-v", "ON_ERROR_STOP=1", "-c", statement],
            env=_environment() | {"PGPASSWORD": self._password},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def _take_lock(self) -> None:
        """One server per data folder, however it ends: the system drops the lock when the process dies."""
        if self._lock is not None:
            return
        lock = os.open(self.data / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + 5
        while not _locked(lock):
            holder = os.pread(lock, 20, 0).decode()
            # A child of a killed program shares its lock until it has become `postgres`: a few milliseconds.
            if time.monotonic() > deadline or (holder and Path(f"/proc/{holder}").exists()):
                os.close(lock)
                raise self._in_use(holder or "?")
            time.sleep(0.02)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def _in_use(self, holder: str) -> Obstacle:
        return Obstacle(
            id=f"Simpul lain (proses {holder}) sedang memakai {self.data}. Hentikan dahulu, atau pilih folder "
            "lain: SIMPUL_DATA=/folder/lain SIMPUL_PORT=8081 make up",
            en=f"Another Simpul (process {holder}) is using {self.data}. Stop it first, or choose another "
            "folder: SIMPUL_DATA=/another/folder SIMPUL_PORT=8081 make up",
        )

    def _find_or_make_cluster(self) -> Path:
        said = self._run(self._programs / "postgres", "--version")  # "postgres (PostgreSQL) 18.6"
        major = said.split()[-1].partition(".")[0]
        cluster = placing.existing_cluster(self.data, self._who, major, self._note)
        if cluster is None:
            begun = placing.begin_cluster(self.data, self._who, self._note)
            self._initialise(begun.resolve())
            cluster = placing.finish_cluster(self.data, begun)
        return cluster

    def _initialise(self, cluster: Path) -> None:
        """Make an empty cluster: UTF-8, one order of letters on every machine, a password on every door."""
        secret = cluster.with_name(f"{cluster.name}.password")
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(descriptor, secrets.token_urlsafe(24).encode())
        os.close(descriptor)
        self._who.own(secret)
        initdb = self._programs / "initdb"
        alphabet = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        doors = ["-U", ROLE, "--auth=scram-sha-256", f"--pwfile={secret}"]
        self._run(initdb, "-D", cluster, "--no-sync", "--no-instructions", *alphabet, *doors)
        secret.rename(cluster / "simpul.password")
        if self._durable:
            self._run(initdb, "-D", cluster, "--sync-only")

    def _run(self, *command: str | Path) -> str:
        """Run one of PostgreSQL's programs under its account. Raises Obstacle with its words on failure."""
        done = subprocess.run(  # type: ignore[call-overload]
            command,
            **self._who.popen(),
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        if done.returncode:
            name, words = Path(command[0]).name, _reason(done.stderr)
            raise Obstacle(id=f"{name} gagal: {words}", en=f"{name} failed: {words}")
        return str(done.stdout)

    def _find_socket_folder(self) -> Path | None:
        """A folder for the unix socket with a short enough path: in the cluster, else in /tmp, else none."""
        for folder in (self._cluster, placing.short_folder(self._cluster)):
            if len(bytes(folder / ".s.PGSQL.65535.lock")) >= SOCKET_PATH_LIMIT:
                continue
            if not folder.exists():
                folder.mkdir(mode=0o700)
                self._who.own(folder)
            if folder.lstat().st_uid == self._who.uid and not folder.is_symlink():  # /tmp is everybody's
                return folder
        return None

    def _end_older_server(self) -> None:
        """Deal with what an earlier run left: a server still going down, or the file of one long dead.

        PostgreSQL trusts a process number alone; after a reboot that number may be anybody's.
        """
        pid_file = self._cluster / "postmaster.pid"
        try:
            older = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not Path("/proc/self/cwd").exists():
            return  # no way to tell here; PostgreSQL decides by the number
        deadline = time.monotonic() + PATIENCE
        while _runs_in(older, self._cluster):
            if time.monotonic() > deadline:
                raise Obstacle(
                    id=f"PostgreSQL lama (proses {older}) tidak mau berhenti. Hentikan: kill -QUIT {older}",
                    en=f"An older PostgreSQL (process {older}) will not stop. End it: kill -QUIT {older}",
                )
            os.kill(older, signal.SIGINT)
            time.sleep(0.1)
        pid_file.unlink(missing_ok=True)

    def _launch_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        slow = time.monotonic() + 5
        while True:
            log_start = self._launch()
            while self.alive() and not self._ready():
                if slow and time.monotonic() > slow:
                    self._note("PostgreSQL memulihkan diri …\nPostgreSQL is recovering …")
                    slow = 0.0
                if time.monotonic() > deadline:
                    self.stop()
                    break
                time.sleep(0.01)
            if self.alive():
                return
            said = self._log_since(log_start)
            if time.monotonic() > deadline or not any(sign in said for sign in WORTH_A_RETRY):
                raise self._did_not_start(said)
            self._port = 0  # may have been taken by another program in between
            time.sleep(0.1)

    def _launch(self) -> int:
        """Start the server process; returns where its words begin in the log."""
        log = self.data / "postgres.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.rename(log.with_suffix(".log.1"))
        self._port = self._port or _free_port()
        settings = SETTINGS | {
            "port": str(self._port),
            "unix_socket_directories": str(self._socket_folder or ""),
            "unix_socket_permissions": "0700",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with log.open("ab") as sink:
            begin = sink.tell()
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [self._programs / "postgres", "-D", self._cluster, *options],
                **self._who.popen(),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGINT),  # PostgreSQL's fast shutdown
            )
        return begin

    def _ready(self) -> bool:
        """PostgreSQL writes its process number in line 1 and its state in line 8 of this file."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _log_since(self, begin: int) -> str:
        with (self.data / "postgres.log").open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def _did_not_start(self, said: str) -> Obstacle:
        log = self.data / "postgres.log"
        return Obstacle(
            id=f"PostgreSQL tidak dapat mulai: {_reason(said)}\nSelengkapnya di {log}.",
            en=f"PostgreSQL cannot start: {_reason(said)}\nMore in {log}.",
        )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables or language reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _runs_in(pid: int, cluster: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server on this cluster: a server works in its data folder."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


def _reason(said: str) -> str:
    """The line of a program's words that tells why it failed."""
    lines = said.strip().splitlines() or ["?"]
    telling = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "error"))]
    return (telling or lines)[-1]
