"""Every link between the pages leads to a file that is there, and to a heading that it has."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.test_examples import PAGES, ROOT

LINKING = (*PAGES, ROOT / "CONTRIBUTING.md")


@cache
def prose(page: Path) -> str:
    """A page without its blocks of code, which link nowhere and have no headings."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> Iterator[str]:
    """What GitHub lets the headings of a page be called by.

    Small letters, without punctuation but hyphens and underscores, blanks as hyphens; Chinese stays as it is. Where a
    name is taken, it goes on with -1, -2.
    """
    taken: Counter[str] = Counter()
    for heading in re.findall(r"^#{1,6} +(.+?)[ #]*$", text, re.MULTILINE):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        yield f"{name}-{taken[name]}" if taken[name] else name
        taken[name] += 1


def targets(text: str) -> Iterator[str]:
    """Where the links and pictures of a page lead within the repository."""
    linked = re.sub(r"`[^`\n]+`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", linked) + re.findall(r'(?:src|href)="([^"]+)"', linked):
        if not re.match(r"[a-z]+:", target):
            yield unquote(target)


def wrong(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return not file.exists() or (bool(anchor) and anchor not in {*anchors(prose(file))})


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_that_is_there_and_to_a_heading_of_it(page: Path) -> None:
    assert [target for target in targets(prose(page)) if wrong(page, target)] == []


def test_the_pages_link_to_many_headings() -> None:
    assert sum("#" in target for page in LINKING for target in targets(prose(page))) > 200


def test_headings_are_called_what_github_calls_them() -> None:
    text = "# Ahead of the lock\n## Docker 与 compose\n## 给谁：`assign`\n## A_b, c-d\n## 设置\n### 设置\n### 设置\n"
    assert [*anchors(text)] == [
        *("ahead-of-the-lock", "docker-与-compose", "给谁assign", "a_b-c-d", "设置", "设置-1", "设置-2")
    ]


def test_the_pages_in_chinese_link_to_pages_in_chinese_where_there_are_any() -> None:
    english = []
    for page in LINKING:
        if not page.name.endswith(".zh-CN.md"):
            continue
        for target in targets(prose(page)):
            file = page.parent / target.partition("#")[0]
            own = file.name == page.name.replace(".zh-CN.md", ".md")
            if not own and file.suffix == ".md" and file.with_suffix(".zh-CN.md").exists():
                english.append(f"{page.name}: {target}")
    assert english == []
