"""``python -m bench.exporter HOST PORT KEY TO TIMES``: reads the history before TO as CSV, so many times.

It writes a line for each time: the rows that were read. A process of its own, so that it shares no interpreter with the
clients that are measured beside it.
"""

from __future__ import annotations

import sys
from http.client import OK, HTTPConnection
from urllib.parse import urlencode


def exported(host: str, port: int, key: str, to: str) -> int:
    """Read all of one export; returns its rows, the header left out.

    Raises:
        ValueError: it is another answer.
        IncompleteRead: it was cut short.
    """
    connection = HTTPConnection(host, port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/csv"}
    connection.request("GET", "/v1/assignments?" + urlencode({"to": to}), headers=headers)
    answer = connection.getresponse()
    if answer.status != OK:
        raise ValueError(answer.read(500))
    rows = -1
    while part := answer.read(262_144):
        rows += part.count(b"\n")
    connection.close()
    return rows


def main(host: str, port: str, key: str, to: str, times: str) -> None:
    """Export, and say how much it was."""
    for _ in range(int(times)):
        sys.stdout.write(f"{exported(host, int(port), key, to)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
