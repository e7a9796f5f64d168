"""What came of many leads? Who got how many, which rules fired, what was queued and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table

from app.commands.terminal import BETWEEN, COLON, bar, number
from app.engine.decision import Reason, Status
from app.engine.explain import Language, notice_words, reason_words
from app.engine.policy import Policy
from app.engine.roster import Roster
from app.engine.rotation import UNIT
from app.engine.text import slug

if TYPE_CHECKING:
    from rich.console import Console

    from app.commands.leads_file import LeadsFile
    from app.engine.world import World
    from app.lane.batch import Answer
    from app.store.writes import Record

WORDS: Final[dict[str, dict[Language, str]]] = {
    "rep": {"en": "Rep", "zh": "销售代表"},
    "leads": {"en": "Leads", "zh": "线索"},
    "share": {"en": "Share", "zh": "占比"},
    "turns": {"en": "By turns", "zh": "轮转所得"},
    "entitled": {"en": "Entitled to", "zh": "应得"},
    "rule": {"en": "Rule", "zh": "规则"},
    "tier": {"en": "Tier", "zh": "价值等级"},
    "reason": {"en": "With nobody", "zh": "未分配"},
    "warning": {"en": "Warning", "zh": "提醒"},
    "error": {"en": "Refused", "zh": "已拒收"},
    "lines": {"en": "Lines", "zh": "行号"},
    "assigned": {"en": "assigned", "zh": "已分配"},
    "queued": {"en": "queued", "zh": "在线索池"},
    "rejected": {"en": "rejected", "zh": "已拒绝"},
    "refused": {"en": "refused", "zh": "已拒收"},
    "replayed": {"en": "delivered before and answered again", "zh": "此前已投递，按原样答复"},
    "none": {"en": "none", "zh": "无"},
    "stopped": {
        "en": "Stopped. The same command goes on from here.",
        "zh": "已停止。再执行一次同样的命令，就从这里继续。",
    },
    "only_headings": {
        "en": "{}: it has a heading line and no leads.",
        "zh": "{}：只有一行表头，没有线索。",
    },
    "sheet": {
        "en": "{}: read was its sheet “{}”; --sheet reads another: {}.",
        "zh": "{}：读的是工作表“{}”，要读别的请用 --sheet：{}。",
    },
    "at_line": {"en": "line {}", "zh": "第 {} 行"},
    "more_refused": {"en": "{} more are in that file", "zh": "其余 {} 条在该文件里"},
    "no_ids": {
        "en": "No lead of this file has an external_id: changed and imported again, it makes new leads of all its "
        "rows. An external_id for each (in CSV a column with that heading) avoids that.",
        "zh": "文件里没有一条线索带 external_id：改动后再次导入，每一行都会成为新线索。"
        "给每条加上 external_id（CSV 里加一列，列名写 external_id）即可避免。",
    },
    "others": {"en": "{} others", "zh": "其他 {} 人"},
    "off": {
        "en": "In no rotation is anybody further than {} leads from their share.",
        "zh": "在每个轮转里，每个人与应得的差距都不超过 {} 条。",
    },
    "sums": {"en": "The table adds up {} rotations.", "zh": "表中是 {} 个轮转之和。"},
}

_LISTED: Final = 12
_LINES: Final = 8
"""Lines of the file that are named where as many were refused for one reason."""


class Tally:
    """Counts answers as they come, and shows what they amount to."""

    def __init__(self, policy: Policy, roster: Roster) -> None:
        self._policy, self._roster = policy, roster
        self._reps: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        self._rules: Counter[str | None] = Counter()
        self._tiers: Counter[str | None] = Counter()
        self._statuses: Counter[str] = Counter()
        self._reasons: Counter[tuple[Status, Reason | None, str | None]] = Counter()
        self._warnings: Counter[tuple[str, str]] = Counter()
        self._errors: Counter[str] = Counter()
        self._refused: dict[str, list[int]] = {}
        """For each error the first lines that had it."""
        self._replayed = 0

    def answered(self, answer: Answer, record: Record | None) -> None:
        """Count one answer, with the record that it made if it made one."""
        if answer.replayed:
            self._replayed += 1
            return
        decision = answer.decision
        self._statuses[decision.status.value] += 1
        self._tiers[decision.tier] += 1
        if decision.rule is not None:
            self._rules[decision.rule] += 1
        if decision.rep is not None:
            self._reps[decision.rep.id] += 1
        else:
            self._reasons[decision.status, decision.reason, decision.screen] += 1
        if record is not None and record.effects.turn is not None:
            self._turns[record.effects.turn.picked] += 1
        self._warnings.update((notice.field, notice.code) for notice in answer.notices)

    def failed(self, line: int, message: str) -> None:
        """Count a line that is no lead."""
        self._errors[message] += 1
        lines = self._refused.setdefault(message, [])
        if len(lines) < _LINES:
            lines.append(line)

    @property
    def refused(self) -> int:
        """How many lines were no leads."""
        return self._errors.total()

    def show(self, console: Console, world: World, language: Language, seconds: float) -> None:
        """Print it all."""
        total = self._statuses.total()
        counts = {
            **{status.value: self._statuses[status.value] for status in Status},
            "refused": self.refused,
            "replayed": self._replayed,
        }
        rate = f"{number(round(total / seconds))}{' 条/秒' if language == 'zh' else '/s'}" if seconds > 1 else ""
        console.print(headline(total, counts, language, rate))
        self._show_reps(console, world, language)
        rules = [
            (rule.name if rule.id in (rule.name, slug(rule.name)) else f"{rule.id}  {rule.name}", self._rules[rule.id])
            for rule in self._policy.rules
        ]
        console.print(counted("rule", rules, language))
        tiers = [(tier or WORDS["none"][language], count) for tier, count in sorted(self._tiers.items(), key=str)]
        console.print(counted("tier", tiers, language))
        reasons = [(_reason(*key, language), count) for key, count in self._reasons.most_common(_LISTED)]
        warned = warnings(self._warnings, language)
        for word, rows in (("reason", reasons), ("warning", warned)):
            if rows:
                console.print(counted(word, rows, language))
        if self._errors:
            self._show_refused(console, language)

    def _show_reps(self, console: Console, world: World, language: Language) -> None:
        owed = _owed(world)
        table = _table()
        table.add_column(WORDS["rep"][language])
        table.add_column(WORDS["leads"][language], justify="right")
        table.add_column("", min_width=20)
        table.add_column(WORDS["share"][language], justify="right")
        table.add_column(WORDS["turns"][language], justify="right")
        table.add_column(WORDS["entitled"][language], justify="right")
        most, total = max(self._reps.values(), default=0), self._reps.total()
        for rep, count in sorted(self._reps.items(), key=lambda pair: (-pair[1], pair[0])):
            turns = self._turns[rep]
            entitled = turns + owed.get(rep, 0)
            person = self._roster.reps.get(rep)  # type: ignore[call-overload]
            table.add_row(
                f"{rep}  {person.name}" if person is not None else rep,
                number(count),
                bar(count, most),
                f"{count / total:.1%}",
                number(turns) if rep in owed else "",
                f"{entitled:,.2f}" if rep in owed else "",
            )
        idle = len([rep for rep in self._roster.reps if rep not in self._reps])
        if idle:
            table.add_row(WORDS["others"][language].format(idle), "0", "", "", "", "")
        console.print(table)
        if owed:
            furthest = max(abs(one) for one in _each_owed(world))
            said = [WORDS["off"][language].format(f"{furthest:.2f}")]
            if len(world.loads.credits) > 1:
                said.append(WORDS["sums"][language].format(len(world.loads.credits)))
            console.print((" " if language == "en" else "").join(said))

    def _show_refused(self, console: Console, language: Language) -> None:
        table = _table()
        table.add_column(WORDS["error"][language], overflow="fold")
        table.add_column(WORDS["lines"][language], overflow="fold")
        table.add_column(WORDS["leads"][language], justify="right")
        for message, count in self._errors.most_common(_LISTED):
            lines = self._refused[message]
            more = ", …" if count > len(lines) else ""
            table.add_row(message, ", ".join(map(str, lines)) + more, number(count))
        console.print(table)


def _reason(status: Status, reason: Reason | None, screen: str | None, language: Language) -> str:
    detail = screen or (reason_words(reason, language) if reason is not None else None)
    return WORDS[status.value][language] + (f"{COLON[language]}{detail}" if detail else "")


def warnings(counter: Counter[tuple[str, str]], language: Language) -> list[tuple[str, int]]:
    """The most frequent warnings, counted by field and code: what each says, and how often."""
    return [
        (f"{field}{COLON[language]}{notice_words(code, language)}", count)
        for (field, code), count in counter.most_common(_LISTED)
    ]


def _owed(world: World) -> dict[str, float]:
    """What all rotations together owe each rep, in leads."""
    owed: dict[str, float] = {}
    for credits in world.loads.credits.values():
        for rep, credit in credits.each().items():
            owed[rep] = owed.get(rep, 0) + credit / UNIT
    return owed


def _each_owed(world: World) -> list[float]:
    return [credit / UNIT for credits in world.loads.credits.values() for credit in credits.each().values()]


def _table() -> Table:
    return Table(box=box.SIMPLE, pad_edge=False, header_style="bold")


def notes(leads: LeadsFile, language: Language) -> Iterator[str]:
    """What is to be told of a file that was read."""
    if leads.only_headings:
        yield WORDS["only_headings"][language].format(leads.path)
    if leads.other_sheets:
        yield WORDS["sheet"][language].format(leads.path, leads.sheet, BETWEEN[language].join(leads.other_sheets))


def headline(total: int, counts: Mapping[str, int], language: Language, about: str = "") -> str:
    """How many leads there were, and what became of how many of them: words of :data:`WORDS`; zeros are left out."""
    if language == "zh":
        said = "，".join(f"{number(count)} 条{WORDS[word]['zh']}" for word, count in counts.items() if count)
        return f"{number(total)} 条线索{f'（{about}）' if about else ''}：{said or '无'}"
    said = ", ".join(f"{number(count)} {WORDS[word]['en']}" for word, count in counts.items() if count)
    leads = "lead" if total == 1 else "leads"
    return f"{number(total)} {leads}{f' ({about})' if about else ''}: {said or 'none'}"


def counted(word: str, rows: list[tuple[str, int]], language: Language) -> Table:
    """A table of names and how many leads each stands for, with bars."""
    table = _table()
    table.add_column(WORDS[word][language], overflow="fold")
    table.add_column(WORDS["leads"][language], justify="right")
    table.add_column("", min_width=20)
    most = max((count for _, count in rows), default=0)
    for name, count in rows:
        table.add_row(name, number(count), bar(count, most), style="dim" if not count else None)
    return table
