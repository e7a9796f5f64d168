"""Which processes of a running service serve requests?"""

from __future__ import annotations

import psutil


def workers_of(owner: int) -> list[psutil.Process]:
    """The workers of the service whose owner has this pid: those that were forked from the one that is preloaded."""
    found = []
    for process in psutil.Process(owner).children(recursive=True):
        try:
            if process.ppid() != owner and any("forkserver" in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found
