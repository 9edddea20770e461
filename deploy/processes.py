"""What a child process needs from its parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """For a child, between fork and exec: ask the kernel for signal `how` when our *thread* ends.

    Give it as `preexec_fn`: it runs after a change of account, which would clear the request. Only Linux knows it.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:  # we died before the request stood
            os._exit(1)

    return ask
