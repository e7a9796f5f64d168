"""``lead-router names``: what people call the fields of a lead, as it is published in ``docs/names.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.commands.terminal import BETWEEN, CannotDo, LanguageOption, Sentence, spoken

if TYPE_CHECKING:
    from app.engine.explain import Language as Spoken

_PAGES: Final[dict[Spoken, Path]] = {"en": Path("docs/names.md"), "zh": Path("docs/names.zh-CN.md")}
_RANKS: Final[dict[Spoken, tuple[str, str, str]]] = {
    "en": ("first", "then", "last"),
    "zh": ("优先", "其次", "最后"),
}
_PARTS: Final[dict[str, dict[Spoken, str]]] = {
    "full_or_last": {"en": "the whole, or the last name beside a first one", "zh": "全名；旁边另有名字时是姓"},
    "full_or_first": {"en": "the whole, or the first name beside a last one", "zh": "全名；旁边另有姓时是名"},
    "first": {"en": "the first name", "zh": "名"},
    "middle": {"en": "the middle name", "zh": "中间名"},
    "last": {"en": "the last name", "zh": "姓"},
    "line": {"en": "the street", "zh": "街道"},
    "number": {"en": "the house number", "zh": "门牌号"},
    "more": {"en": "what else belongs to it", "zh": "补充部分"},
    "visit": {"en": "if nothing else gives it", "zh": "没有其他来源时"},
}
_HEADING: Final[dict[Spoken, str]] = {"en": "as the heading of a column only", "zh": "只作为表头"}
_TEXT: Final[dict[Spoken, str]] = {
    "en": """\
<!-- Written by `lead-router names --write`; a test holds that it is what is recognised. -->
# Names that are recognised

What forms, tables and webhooks may call the fields of a lead, so that no mapping is needed.
[中文](names.zh-CN.md) · [Mappings](mapping.md#what-is-recognised)

Case, accents, blanks and punctuation do not count, and words and numbers around a name that add nothing may stand
there: `E-Mail*`, `your-email`, `q4_email`. Of several for one field `first` wins over `then`, and `then` over `last`.
`lead-router names email` prints those of one field.

| field | counts | names |
|---|---|---|
""",
    "zh": """\
<!-- 由 `lead-router names --write` 写成；有测试保证它与实际识别的一致。 -->
# 能识别的名称

表单、表格、webhook 里这样叫的字段，不写映射也认得。[English](names.md) · [字段映射](mapping.zh-CN.md#自动识别)

不看大小写、重音、空格和标点，前后可以有无关紧要的词和编号：`E-Mail*`、`your-email`、`邮箱（必填）`。几个名称对应同一字段时，先取“优先”的，再取“其次”的，再取“最后”的。
`lead-router names email` 列出一个字段的。

| 字段 | 先后 | 名称 |
|---|---|---|
""",
}


def page(language: Spoken) -> str:
    """The page of all names: the same for the same tables."""
    return _TEXT[language] + "".join(f"{row}\n" for row in _rows(language))


def names(
    field: Annotated[
        str | None, typer.Argument(help="Only those of this field of a lead; or a name, to see whose it is.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Only say whether docs/names*.md are what is recognised")] = False,
    write: Annotated[bool, typer.Option(help="Write docs/names*.md anew")] = False,
    language: LanguageOption = None,
) -> None:
    """Print which names are recognised as which field of a lead, or check or write the pages that publish them."""
    if check or write:
        for tongue, path in _PAGES.items():
            text = page(tongue)
            if write:
                path.write_text(text, encoding="utf-8")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                typer.echo(f"{path} is not what is recognised: lead-router names --write", err=True)
                raise typer.Exit(1)
        return
    rows = list(_rows(spoken(language), field))
    if not rows:
        assert field is not None
        rows = [_asked(field, spoken(language))]
    for row in rows:
        typer.echo(row)


def _asked(name: str, language: Spoken) -> str:
    """Which field a name is recognised as; raises CannotDo if it is none's."""
    from app.engine.problems import suggest
    from app.intake.normalise import FIELDS
    from app.intake.recognition import claimed_by_heading

    claim = claimed_by_heading(name)
    if claim is None:
        hint = Sentence(suggest(name, FIELDS)) if suggest(name, FIELDS) else ""
        raise CannotDo("no_such_name", field=name, hint=hint)
    part = f" ({_PARTS[claim.part][language]})" if claim.part in _PARTS else ""
    return f"{name} → {claim.field}{part}"


def _rows(language: Spoken, only: str | None = None) -> Iterator[str]:
    from app.intake.field_names import NAMES, PLAIN, ROW_NAMES, SPECIFIC

    tables = [(row, False) for row in NAMES] + [(row, True) for row in ROW_NAMES]
    between = BETWEEN[language]
    # One row for each target and rank, in the table's order: the field's own name is known without standing there.
    for (target, rank, heading), rows in groupby(tables, key=lambda one: (one[0][0], one[0][1], one[1])):
        name, _, part = target.partition(".")
        if only not in (None, name):
            continue
        counts = _RANKS[language][0 if rank == SPECIFIC else 1 if rank == PLAIN else 2]
        notes = [counts, *([_PARTS[part][language]] if part else []), *([_HEADING[language]] if heading else [])]
        listed = [one.strip() for row, _ in rows for one in re.split(r"[,\n]", row[2]) if one.strip()]
        shown = between.join(f"`{one}`" for one in listed)
        yield f"| `{name}` | {(': ' if language == 'en' else '：').join(notes)} | {shown} |"
