"""``python -m bench.zen_engine``: zen-engine on the same rules, whichever version is to be had.

It reads a line of JSON, ``{"table": …, "inputs": […]}``, and says that it is ready; then, for each line that it reads,
evaluates all inputs and writes a line ``{"microseconds": …, "answers": […]}``, per input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import zen

COLUMNS = ("source", "industry", "employees")


def decision_table(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A decision of one table, in zen's own format: the first row that holds answers."""
    rows = [
        {
            "_id": f"row-{number}",
            "in-source": f'"{rule["source"]}"' if "source" in rule else "",
            "in-industry": f'"{rule["industry"]}"' if "industry" in rule else "",
            "in-employees": f">= {rule['employees']}" if "employees" in rule else "",
            "out-rep": f'"{rule["rep"]}"',
        }
        for number, rule in enumerate(rules)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": f"in-{name}", "name": name, "field": name} for name in COLUMNS],
        "outputs": [{"id": "out-rep", "name": "rep", "field": "rep"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "position": {"x": 1, "y": 0}, "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "e2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return {"nodes": nodes, "edges": edges}


def main() -> None:
    """Evaluate as often as asked."""
    given = orjson.loads(sys.stdin.buffer.readline())
    decision = zen.ZenEngine().create_decision(orjson.dumps(decision_table(given["rules"])).decode())
    inputs = given["inputs"]
    _say({"ready": True})
    while sys.stdin.buffer.readline():
        began = time.thread_time_ns()
        answers = [decision.evaluate(one)["result"]["rep"] for one in inputs]
        spent = time.thread_time_ns() - began
        _say({"microseconds": spent / len(inputs) / 1e3, "answers": answers})


def _say(what: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
