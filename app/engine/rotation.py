"""Whose turn is it? Exact credits, so that taking turns is fair under any weights, absence and edits.

Every rotation keeps one ``credit`` per member: entitlement minus received, in units of ``UNIT`` to a lead. For each
lead those who compete are entitled to their weight's share of it; the one who gets it is one lead poorer. With a fixed
set of competitors the pick is earliest eligible virtual deadline first (Bennett and Zhang, WF²Q, 1996; Stoica and
Abdel-Wahab, EEVDF, 1995), which keeps everybody less than one lead from their exact share. With competitors that
change it is the carpool problem (Fagin and Williams, 1983), which has no bound for every history; :func:`pick` says
what keeps deviations small there.

Credits of a rotation always add up to zero.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, ClassVar, Final, TypeAlias, cast

from app.engine.immutable import immutable
from app.engine.roster import RepId

UNIT: Final = 720_720_000_000
"""One lead. It divides without remainder among 1 to 16 equal competitors, and among many more."""

DEBT_LIMIT: Final = 3 * UNIT
"""The most that a rotation may be ahead with one rep, so that a burst of manual work starves nobody for weeks."""


def in_leads(owed: float) -> float:
    """What is owed, in units, as it is shown: in leads, to four decimal places."""
    return round(owed / UNIT, 4)


CROWD_ABOVE: Final = 64
"""More equal competitors than this are a :class:`Crowd`. Who they are is part of a turn, and so of the record."""


class Crowd(str):
    """Many reps who compete for a lead on equal terms, in order of id.

    As a text it is its name, a digest of their ids: by that records refer to it, and hold the ids nowhere. ``part`` is
    what each of them is due of one lead, and one unit more for each of the first ``rest``.
    """

    __slots__ = ("members", "part", "rest")

    members: tuple[RepId, ...]
    part: int
    rest: int

    def __new__(cls, members: Sequence[RepId]) -> Crowd:
        """``members`` stand in order of id."""
        crowd = super().__new__(cls, blake2b("\n".join(members).encode(), digest_size=16).hexdigest())
        crowd.members = tuple(members)
        crowd.part, crowd.rest = divmod(UNIT, len(crowd.members))
        return crowd

    def __getnewargs__(self) -> tuple[tuple[RepId, ...]]:  # type: ignore[override]
        """What a copy is made of: a text would be made of its name."""
        return (self.members,)

    def share(self, rep: RepId) -> int | None:
        """What ``rep`` is due of one lead: as :func:`shares` has it; None if they are not of the crowd."""
        place = bisect_left(self.members, rep)
        if place == len(self.members) or self.members[place] != rep:
            return None
        return self.part + (place < self.rest)


@immutable(frozen=True, slots=True)
class Turn:
    """One lead, shared out by entitlement and given to ``picked``.

    ``competitors`` stand in order of id; ``weights`` are theirs, None if all are equal. ``amount`` is what the picked
    one pays and the competitors gain together: ``UNIT`` but for manual turns that would pass the debt limit.
    """

    rotation: str
    competitors: tuple[RepId, ...]
    weights: tuple[int, ...] | None
    picked: RepId
    amount: int = UNIT


@immutable(frozen=True, slots=True)
class CrowdTurn:
    """A turn for which a crowd competed: the same as a :class:`Turn`, written down by the crowd's name."""

    weights: ClassVar[None] = None

    rotation: str
    crowd: Crowd
    picked: RepId
    amount: int = UNIT

    @property
    def competitors(self) -> tuple[RepId, ...]:
        """Those of the crowd, in order of id."""
        return self.crowd.members


AnyTurn: TypeAlias = Turn | CrowdTurn


def turn_from(document: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> AnyTurn:
    """Read back a turn as it was recorded; ``crowds`` are those that records may refer to, by name.

    Raises:
        KeyError, TypeError: it is not one that was recorded, or its crowd is not there.
    """
    rotation, picked, amount = document["rotation"], document["picked"], document["amount"]
    if "crowd" in document:
        return CrowdTurn(rotation, crowds[document["crowd"]], picked, amount)
    weights = document["weights"]
    return Turn(rotation, tuple(document["competitors"]), None if weights is None else tuple(weights), picked, amount)


def shares(weights: Sequence[int] | None, count: int, amount: int = UNIT) -> Sequence[int]:
    """Split ``amount`` among ``count`` competitors by weight (None: equally), in integers that add up to it exactly.

    What does not divide goes, one each, to the first in order.
    """
    if weights is None:
        return _equal_shares(count, amount) if count <= CROWD_ABOVE else _equal(count, amount)
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    for position in range(amount - sum(parts)):
        parts[position] += 1
    return parts


@lru_cache(maxsize=4096)
def _equal_shares(count: int, amount: int) -> tuple[int, ...]:
    return _equal(count, amount)


def _equal(count: int, amount: int) -> tuple[int, ...]:
    part, rest = divmod(amount, count)
    return (part + 1,) * rest + (part,) * (count - rest)


def owed_most(reps: Sequence[RepId], owed: Sequence[int]) -> RepId:
    """The one of these who is owed most; of equals the first."""
    return reps[owed.index(max(owed))]


def pick(
    credits: Mapping[RepId, int],
    competitors: Sequence[RepId],
    weights: Sequence[int] | None,
    able: frozenset[RepId] | None = None,
) -> RepId:
    """Say whose turn it is among ``competitors``, given in order of id with weights above 0 (None: equal).

    With its share of this lead counted, somebody is *owed most*. If that comes to a whole lead or more, the lead is
    theirs. Else it goes to the one whose next lead falls due first, the least (1 − credit) / weight, among those with
    credit of at least 0 and the one owed most. Ties go to the first id. ``able`` names those who may be picked, where
    others share in the entitlement (``catch_up``); None: all.

    With fixed competitors this never passes over one who would come to be owed a whole lead: until then the first rule
    and the second agree, and earliest-deadline-first keeps every deadline here. That the one owed most competes even
    with a credit below 0 matters after absences: the heavy ones do not wait for a turn behind all the light ones.
    """
    get = credits.get
    most = first = None
    if weights is None:
        # With equal weights all of it comes to the same: the one owed most.
        who = competitors if able is None else [rep for rep in competitors if rep in able]
        return owed_most(who, [get(rep, 0) for rep in who])
    most_owed = most_lack = most_weight = first_lack = first_weight = 0
    for rep, weight, share in zip(competitors, weights, shares(weights, len(competitors)), strict=True):
        if able is not None and rep not in able:
            continue
        credit = get(rep, 0)
        lack = UNIT - credit
        if most is None or credit + share > most_owed:
            most, most_owed, most_lack, most_weight = rep, credit + share, lack, weight
        # lack / weight < first_lack / first_weight, without leaving the integers.
        if credit >= 0 and (first is None or lack * first_weight < first_lack * weight):
            first, first_lack, first_weight = rep, lack, weight
    if first is None or most_owed >= UNIT:
        return cast("RepId", most)
    return cast("RepId", min((most_lack * first_weight, most), (first_lack * most_weight, first))[1])


def take(credits: MutableMapping[RepId, int], turn: AnyTurn) -> None:
    """Book a turn: each competitor gains its share, the picked one loses what was shared out."""
    get = credits.get
    for rep, share in zip(turn.competitors, _parts(turn), strict=True):
        credits[rep] = get(rep, 0) + share
    credits[turn.picked] = get(turn.picked, 0) - turn.amount


def give_back(credits: MutableMapping[RepId, int], turn: AnyTurn) -> None:
    """Undo a turn that was booked, after a lead has been taken from the one who had it.

    Whoever has left the rotation since then is past paying or gaining: their part falls to the others, equally.
    """
    if turn.picked not in credits:
        return
    lost = 0
    for rep, share in zip(turn.competitors, _parts(turn), strict=True):
        if rep in credits:
            credits[rep] -= share
        else:
            lost += share
    credits[turn.picked] += turn.amount
    if lost:
        heirs = sorted(rep for rep in turn.competitors if rep in credits)
        for rep, share in zip(heirs, shares(None, len(heirs), lost), strict=True):
            credits[rep] -= share


def _parts(turn: AnyTurn) -> Sequence[int]:
    return shares(turn.weights, len(turn.competitors), turn.amount)


def manual_turn(
    credits: Mapping[RepId, int],
    rotation: str,
    competitors: Sequence[RepId] | Crowd,
    weights: Sequence[int] | None,
    picked: RepId,
) -> AnyTurn | None:
    """The turn that a lead given by hand takes from a team's rotation; None if ``picked`` is at the debt limit already.

    ``competitors`` are those able, and ``picked``, whatever the weight: someone with weight 0 can be given a lead too.
    """
    amount = min(UNIT, credits.get(picked, 0) + DEBT_LIMIT)
    if amount <= 0 or not competitors:
        return None
    if isinstance(competitors, Crowd):
        return CrowdTurn(rotation, competitors, picked, amount)
    shared = tuple(weights) if weights is not None and any(weights) else None
    return Turn(rotation, tuple(competitors), shared, picked, amount)


def retire(credits: MutableMapping[RepId, int], rep: RepId, weights: Mapping[RepId, int]) -> None:
    """Remove ``rep`` for good and spread its credit over those who remain, by their ``weights`` (absent: none).

    Where nobody remains with a weight, all who are left share equally.
    """
    credit = credits.pop(rep, 0)
    if not credit or not credits:
        return
    heirs = sorted(member for member in credits if weights.get(member, 0) > 0)
    heir_weights = [weights[member] for member in heirs] or None
    heirs = heirs or sorted(credits)
    sign = 1 if credit > 0 else -1
    for member, share in zip(heirs, shares(heir_weights, len(heirs), abs(credit)), strict=True):
        credits[member] += sign * share
