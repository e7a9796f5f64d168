"""``lead-router verify``: is the record what it says, and do the tables agree with it?"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.commands.terminal import CannotDo, LanguageOption, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.engine.explain import Language as Spoken
    from app.record.found import Stage
    from app.record.verify import Verified
    from app.store.database import Database

_WORDS: Final[dict[str, dict[Spoken, str]]] = {
    "record": {"en": "Record", "zh": "记录"},
    "leads": {"en": "Leads", "zh": "线索"},
    "deliveries": {"en": "Deliveries", "zh": "投递"},
    "identities": {"en": "Identities", "zh": "身份"},
    "looked at": {
        "en": "{records} decisions, seq {first} to {last}: {same} decided again, the same to the byte",
        "zh": "决策 {records} 条，序号 {first} 到 {last}：重新决策 {same} 条，逐字节相同",
    },
    "empty": {"en": "The record is empty", "zh": "记录是空的"},
    "different": {"en": "{count} differ", "zh": "{count} 条不同"},
    "not again": {"en": "Not decided again: {listed}", "zh": "未重新决策：{listed}"},
    "agree": {"en": "The tables agree with the record", "zh": "数据表与记录相符"},
    "disagree": {
        "en": "{count} contradictions between tables and record",
        "zh": "数据表与记录有 {count} 处不符",
    },
    "checkpoints": {"en": "Checkpoints compared: {count}", "zh": "已核对检查点：{count}"},
    "part": {
        "en": "The tables were not looked at: they are held against the whole record only, without --from and --to",
        "zh": "没有核对数据表：只有核对全部记录（不带 --from 和 --to）时才核对",
    },
    "between": {"en": ", ", "zh": "、"},
    "broken": {"en": "The record cannot be followed: {why}", "zh": "无法沿着记录核对下去：{why}"},
}


def verify(
    first: Annotated[
        int | None, typer.Option("--from", metavar="SEQ", min=1, help="The first decision.", show_default="the first")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", metavar="SEQ", min=1, help="The last decision.", show_default="the last")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Decide everything again from the record, and compare to the byte; hold every table against the record.

    Reads the database that the service uses, also while it runs, and writes
    nothing. Decisions of another version of the engine, and those made by
    hand, are counted and not compared. With --from or --to only decisions
    are looked at, from the nearest checkpoint on.
    The exit status is 1 if anything differs; each difference is named.

    \b
    Examples:
      lead-router verify
      lead-router verify --from 120000 --to 121000
    """
    from app import observability, settings
    from app.commands.reaching import database_of

    if first is not None and last is not None and first > last:
        raise CannotDo("from_after_to", first=first, last=last)
    given = settings.load()
    observability.configure_logging("warning", given.log_format)
    with database_of(given) as database:
        ok = asyncio.run(_run(database, first, last, spoken(language)))
    if not ok:
        raise typer.Exit(1)


async def _run(database: Database, first: int | None, last: int | None, language: Spoken) -> bool:
    from app.commands.reaching import connected
    from app.commands.terminal import LateProgress
    from app.errors import NotFound
    from app.lane.sync import BrokenStore
    from app.record.verify import Difference, Verification
    from app.record.words import difference_sentence

    # The progress bar takes the place of standard output, and results are to go where they are sent.
    results = sys.stdout
    try:
        async with connected(database) as connection:
            counts: Counter[Stage] = Counter()
            with LateProgress() as progress:

                def seen(stage: Stage, count: int, total: int | None) -> None:
                    counts[stage] += count
                    progress(_WORDS[stage][language], counts[stage], total)

                def tell(difference: Difference) -> None:
                    print(difference_sentence(difference, language), file=results)

                done = await Verification(connection, first=first, last=last, tell=tell, seen=seen).run()
    except NotFound as error:
        raise CannotDo("said", text=error.detail) from None
    except BrokenStore as error:
        print(_WORDS["broken"][language].format(why=error), file=results)
        return False
    for line in _summary(done, language):
        print(line, file=results)
    return done.ok


def _summary(done: Verified, language: Spoken) -> Iterator[str]:
    from app.record.words import incomparable_count, wrong_lines

    def say(word: str, **values: object) -> str:
        return _WORDS[word][language].format(**values)

    yield from wrong_lines(done.found, language)
    if not done.records:
        yield say("empty")
    else:
        said = say("looked at", records=f"{done.records:,}", first=done.first, last=done.last, same=f"{done.same:,}")
        if done.different:
            said += say("between") + say("different", count=f"{done.different:,}")
        yield said
    if done.incomparable:
        listed = [incomparable_count(why, count, language) for why, count in sorted(done.incomparable.items())]
        yield say("not again", listed=say("between").join(listed))
    if not done.whole:
        yield say("part")
        return
    wrong = done.found.counted.total()
    yield say("disagree", count=f"{wrong:,}") if wrong else say("agree")
    if done.checkpoints:
        yield say("checkpoints", count=f"{done.checkpoints:,}")
