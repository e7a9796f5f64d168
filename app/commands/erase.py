"""``lead-router erase``: what is a person's goes, and the record of what was decided stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from app.commands.terminal import CannotDo, LanguageOption, Said, Speaker, Words, YesOption

if TYPE_CHECKING:
    from app.record.erase import Erased, Person
    from app.store.database import Database
    from app.store.history import Row

WORDS: Final[Words] = {
    "lead": {"en": "Lead", "zh": "线索"},
    "came": {"en": "Came", "zh": "收到时间"},
    "status": {"en": "Status", "zh": "状态"},
    "assigned": {"en": "assigned", "zh": "已分配"},
    "queued": {"en": "queued", "zh": "在线索池"},
    "rejected": {"en": "rejected", "zh": "已拒绝"},
    "closed": {"en": "closed", "zh": "已关闭"},
    "left": {
        "en": "{count} deliveries mention them and were left, as there is more in them: --deliveries removes those too",
        "zh": "另有 {count} 次投递提到此人，其中还有别的内容，未删除；加 --deliveries 也会删除",
    },
    "open": {
        "en": "{count} deliveries that mention them are not done yet: give the command again once they are",
        "zh": "另有 {count} 次投递提到此人，还没有处理完：处理完之后请再执行一次",
    },
    "name": {"en": "Name", "zh": "姓名"},
    "email": {"en": "Email", "zh": "邮箱"},
    "phone": {"en": "Phone", "zh": "电话"},
    "company": {"en": "Company", "zh": "公司"},
    "search": {"en": "Search", "zh": "搜索"},
    "nobody": {
        "en": "No lead is known by that. What came to sources with it, and what leads are recognised by, is erased "
        "all the same",
        "zh": "没有这样的线索。来源收到的内容里、识别线索的依据里有它的，照样清除",
    },
    "sure": {
        "en": "Erase the person from these {count} leads? It cannot be undone",
        "zh": "从这 {count} 条线索里清除此人？清除后无法恢复",
    },
    "only seen": {"en": "Nothing was changed (--dry-run)", "zh": "没有作任何修改（--dry-run）"},
    "erased": {
        "en": "Erased from {leads} leads; {identities} identities, {arrivals} deliveries, and {sheets} sheets of the "
        "search with it. The decisions stay.",
        "zh": "已从 {leads} 条线索里清除；一并清除身份 {identities} 个、投递 {arrivals} 次、搜索页 {sheets} 页。"
        "决策记录保留。",
    },
}


def erase(
    email: Annotated[list[str] | None, typer.Option(help="Leads with this email.", show_default=False)] = None,
    phone: Annotated[
        list[str] | None, typer.Option(help="Leads with this phone number, as +86 138 0013 8000.", show_default=False)
    ] = None,
    lead: Annotated[list[UUID] | None, typer.Option(help="The lead with this id.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which leads are found.")] = False,
    deliveries: Annotated[
        bool, typer.Option("--deliveries", help="Remove also deliveries in which they are only mentioned.")
    ] = False,
    yes: YesOption = False,
    language: LanguageOption = None,
) -> None:
    """Erase a person: what is theirs goes, and what was decided stays.

    From the leads that are found go name, email, phone, address, what they
    wrote, and every attribute; with them what was known by their email and
    phone, what came to the doors, and what decisions were made on, as far as
    it was the person's. Region, company, budget, the decisions and their
    reasons stay. Each option may be given several times.
    Works on the database that the service uses, also while it runs. Backups
    are not touched, and a sender that has the person still may send them
    again.

    \b
    Examples:
      lead-router erase --email ann@factory.example --dry-run
      lead-router erase --email ann@factory.example --phone "+86 138 0013 8000"
      lead-router erase --lead 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11 --yes
    """
    from app import observability, settings
    from app.commands.reaching import database_of
    from app.commands.terminal import confirmed, out, table_of
    from app.record.erase import Person

    person = Person([*map(_email, email or ())], [*map(_phone, phone or ())], lead or ())
    if not (person.emails or person.phones or person.leads):
        raise CannotDo("nobody_named")
    given = settings.load()
    observability.configure_logging("warning", given.log_format)
    say = Speaker(WORDS, language)
    with database_of(given) as database:
        found = asyncio.run(_found(database, person))
        if found:
            table = table_of(say, "lead", "came", "status", "name", "email", "phone", "company", whole=("lead",))
            for row in found:
                shown = (row[name] or "" for name in ("name", "email", "phone", "company"))
                came = row["received_at"].astimezone().isoformat(" ", "seconds")
                table.add_row(str(row["id"]), came, say.code(row["status"]), *shown)
            out().print(table)
        else:
            out().print(say("nobody"))
        if dry_run:
            out().print(say("only seen"))
            return
        if not yes and not confirmed(say("sure", count=len(found)), Said("yes_to_erase")):
            raise CannotDo("unchanged")
        done = asyncio.run(_erased(database, person, say, mentions=deliveries))
    out().print(
        say("erased", leads=done.leads, identities=done.identities, arrivals=done.arrivals, sheets=done.sheets),
        soft_wrap=True,
    )
    for word, count in (("left", done.left), ("open", done.open)):
        if count:
            out().print(say(word, count=count), soft_wrap=True)


def _email(text: str) -> str:
    """An address as leads have it."""
    from app.intake.normalise import normalise

    email = normalise({"email": text}, received_at=datetime.now(UTC)).email
    if email is None:
        raise CannotDo("no_email", text=text)
    return email


def _phone(text: str) -> str:
    """A number as leads have it."""
    from app.intake.normalise import normalise

    phone = normalise({"phone": text}, received_at=datetime.now(UTC)).phone
    if phone is None:
        raise CannotDo("no_phone", text=text)
    return phone


async def _found(database: Database, person: Person) -> Sequence[Row]:
    from app.commands.reaching import connected
    from app.record.erase import leads_of

    async with connected(database) as connection:
        return await leads_of(connection, person)


async def _erased(database: Database, person: Person, say: Speaker, *, mentions: bool) -> Erased:
    from app.commands.reaching import connected
    from app.commands.terminal import LateProgress
    from app.record.erase import erase as erase_person

    async with connected(database) as connection:
        with LateProgress() as progress:

            def seen(done: int, total: int) -> None:
                progress(say("search"), done, total)

            return await erase_person(connection, person, seen, mentions=mentions)
