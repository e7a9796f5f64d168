"""Under which account of the operating system does the embedded Postgres run?

Postgres refuses to run as root. Started by an ordinary user it runs as that user. Started by root it runs as whoever
owns the data directory, else as ``postgres`` or ``nobody``. Where directories above the data or the binaries are closed
to that account (a clone in /root), their modes are left alone: the server is given the one capability that it lacks, to
search and read.
"""

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import EmbeddedFailed

_CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as. ``changes``: not this process's own account. ``searches``: with the capability to."""

    name: str
    uid: int
    gid: int
    changes: bool
    searches: bool

    def command(self, program: str, arguments: Sequence[str]) -> list[str]:
        """Return the argument vector that runs a program under this account."""
        if not self.searches:
            return [program, *arguments]
        capability = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        who = (f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups")
        return ["setpriv", *who, *capability, "--", program, *arguments]

    def popen_options(self) -> dict[str, Any]:
        """Return what ``subprocess`` must be told besides."""
        if not self.changes or self.searches:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or directory."""
        if self.changes:
            os.chown(path, self.uid, self.gid)


def choose(data: Path, cluster: Path, binaries: Path) -> Account:
    """Choose the account for a data directory (which exists) and the cluster in it (which may not).

    Raises EmbeddedFailed where there is none that could work.
    """
    me = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if me != 0:
        entry = _entry(me)
        if entry is None:
            raise EmbeddedFailed(
                f"user id {me} has no name on this machine, and Postgres needs one: "
                "run as a named user, or set LEAD_ROUTER_DATABASE_URL to a Postgres of your own"
            )
        if owner not in {None, me}:
            other = _entry(owner or 0)
            raise EmbeddedFailed(
                f"{cluster} belongs to {other.pw_name if other else owner}, not to {entry.pw_name}: "
                "start as the same user as before (root, if root made it), or with another DATA"
            )
        return Account(entry.pw_name, me, entry.pw_gid, changes=False, searches=False)
    chosen = _for_root(data, owner)
    closed = [path for path in (data, binaries) if not _reaches(chosen, path)]
    if closed and not _may_grant_search():
        raise EmbeddedFailed(
            f"Postgres does not run as root, and the account {chosen.pw_name} cannot reach {closed[0]}: start as an "
            "ordinary user, choose a DATA and a clone that everybody may search, or set LEAD_ROUTER_DATABASE_URL"
        )
    return Account(chosen.pw_name, chosen.pw_uid, chosen.pw_gid, changes=True, searches=bool(closed))


def _for_root(data: Path, owner: int | None) -> pwd.struct_passwd:
    for uid in (owner, data.stat().st_uid):
        if uid and (entry := _entry(uid)) is not None:
            return entry
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedFailed("Postgres does not run as root, and this machine has no account postgres or nobody for it")


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    return all(_searches(account, directory) for directory in (path, *path.parents))


def _searches(account: pwd.struct_passwd, directory: Path) -> bool:
    is_at = directory.stat()
    if is_at.st_uid == account.pw_uid:
        needed = stat.S_IXUSR
    elif is_at.st_gid == account.pw_gid:
        needed = stat.S_IXGRP
    else:
        needed = stat.S_IXOTH
    return bool(is_at.st_mode & needed)


def _may_grant_search() -> bool:
    if shutil.which("setpriv") is None:
        return False
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_DAC_READ_SEARCH & 1)
    return False
