"""``python -m tests.fuzz.guided MODULE TARGET SECONDS CORPUS``: one target, steered by what code its inputs reach.

Atheris mutates the bytes from which hypothesis makes its examples, and keeps in CORPUS those that reach new branches of
``app``. What fails is printed, and kept by hypothesis too: the next ordinary run shows it at its smallest.
"""

import importlib
import sys

import atheris


def main(module: str, target: str, seconds: str, corpus: str) -> None:
    with atheris.instrument_imports(include=["app"]):
        found = getattr(importlib.import_module(module), target)
    limits = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=600", "-rss_limit_mb=4096"]
    options = [*limits, "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={corpus}/", corpus], found.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
