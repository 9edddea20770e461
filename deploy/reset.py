"""`simpul reset`: empty the data folder of everything the house has put there, and of nothing else."""

import fcntl
import os
import shutil

from deploy import placing
from deploy.house import House
from deploy.obstacle import Obstacle

OURS = (
    "credentials.json",
    "peer.key",
    "jkn.key",
    "seeded",
    "running.json",
    "simpul.log",
    "simpul.log.1",
    "postgres.log",
    "postgres.log.1",
    "chain",
    "jkn-simulator",
    "postgres.lock",
)


def reset(house: House) -> None:
    """Delete clusters, secrets, logs and published chain heads. Databases elsewhere are not touched.

    Raises Obstacle when the house is running on this folder.
    """
    if not house.data.exists():
        return
    data = placing.own_folder(house.data)
    lock = os.open(data / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        placing.remove_clusters(data)
        for name in OURS:
            path = data / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except BlockingIOError:
        raise Obstacle(
            id=f"Simpul sedang berjalan pada {data}. Hentikan dahulu (Ctrl-C), lalu: make reset",
            en=f"Simpul is running on {data}. Stop it first (Ctrl-C), then: make reset",
        ) from None
    finally:
        os.close(lock)
