"""What does a rotation owe each of its members? One integer each; and for a crowd, one number for all of them.

Booking a turn adds to the credit of everybody who competed. Where the same crowd competes for one lead after another,
all of that is the same for each of them but for the one who was picked: so the turns are counted, and nobody's credit
is touched but the picked one's. It is the same to the unit as :func:`app.engine.rotation.take`, turn by turn.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from heapq import nsmallest
from itertools import islice
from typing import Final, TypeAlias

from app.engine.roster import RepId
from app.engine.rotation import UNIT, AnyTurn, Crowd, CrowdTurn, give_back, take

Order: TypeAlias = list[tuple[int, RepId]]
"""Members with the negative of their ``plain`` credit: who is owed most comes first, of equals the first id."""

_FEW: Final = 64
"""Of so many whose credit changes each is moved to their place in the order; for more it is made anew."""


class Credits(MutableMapping[RepId, int]):
    """What one rotation owes its members, in units: of each the whole of it, however it is kept.

    It is kept as ``plain``, without what the ``turns`` of the ``crowd`` have added to each of the crowd: that is
    ``turns`` times their share. A turn of another crowd settles the account of the one before.
    """

    __slots__ = ("_order", "crowd", "plain", "turns")

    def __init__(self, plain: Mapping[RepId, int] | None = None, crowd: Crowd | None = None, turns: int = 0) -> None:
        self.plain: dict[RepId, int] = dict(plain or {})
        self.crowd = crowd
        self.turns = turns
        self._order: tuple[Order, Order] | None = None
        """Of the first ``rest`` of the crowd, and of the others: to all of one, turns add the same. None: unknown."""

    def copy(self) -> Credits:
        """Credits that start as these are."""
        twin = Credits(self.plain, self.crowd, self.turns)
        if self._order is not None:
            first, others = self._order
            twin._order = (first.copy(), others.copy())
        return twin

    # --- what is owed -------------------------------------------------------------------------------------------------

    def __getitem__(self, rep: RepId) -> int:
        share = None if self.crowd is None else self.crowd.share(rep)
        return self.plain[rep] if share is None else self.plain.get(rep, 0) + self.turns * share

    def __iter__(self) -> Iterator[RepId]:
        return iter(self.each())

    def __len__(self) -> int:
        return len(self.each())

    def each(self) -> Mapping[RepId, int]:
        """What is owed to each."""
        return self.plain if self.crowd is None else self._settled(self.crowd)

    def of(self, reps: Sequence[RepId]) -> Mapping[RepId, int]:
        """What is owed to these, and perhaps to others; absent: nothing."""
        return self.plain if self.crowd is None else {rep: self.get(rep, 0) for rep in reps}

    def owed_most(self, crowd: Crowd, count: int, able: Callable[[RepId], object] | None = None) -> Order:
        """Those of a crowd who are owed most, ``count`` of them at most, each with the negative of what they are owed.

        The first is the one whose turn it is, as :func:`app.engine.rotation.pick` has it. ``able`` tells who may be
        picked; None: all.
        """
        if self.crowd != crowd:
            get = self.each().get
            return nsmallest(count, ((-get(rep, 0), rep) for rep in crowd.members if able is None or able(rep)))
        found: Order = []
        for order, share in zip(self._ordered(crowd), (crowd.part + 1, crowd.part), strict=True):
            some = order[:count] if able is None else islice((one for one in order if able(one[1])), count)
            gained = self.turns * share
            found += [(negative - gained, rep) for negative, rep in some]
        found.sort()
        return found[:count]

    def extreme(self) -> int:
        """The largest distance of any of the crowd from their exact share; 0 without a crowd."""
        if self.crowd is None:
            return 0
        ends = [
            order[end][0] - self.turns * share
            for order, share in zip(self._ordered(self.crowd), (self.crowd.part + 1, self.crowd.part), strict=True)
            if order
            for end in (0, -1)
        ]
        return max(map(abs, ends))

    # --- what changes it ----------------------------------------------------------------------------------------------

    def take(self, turn: AnyTurn) -> Sequence[RepId]:
        """Book a turn; returns those whose ``plain`` credit has changed."""
        if isinstance(turn, CrowdTurn) and turn.amount == UNIT:
            settled = self.settle() if self.crowd != turn.crowd else ()
            self.crowd = turn.crowd
            return (*settled, *self._count(turn.picked, 1))
        self._take_out(turn.competitors)
        take(self.plain, turn)
        self._put_in(turn.competitors)
        return turn.competitors

    def give_back(self, turn: AnyTurn) -> Sequence[RepId]:
        """Undo a turn that was booked; returns those whose ``plain`` credit has changed.

        Whoever has left the rotation since then is treated as :func:`app.engine.rotation.give_back` has it.
        """
        if isinstance(turn, CrowdTurn) and turn.amount == UNIT and turn.crowd == self.crowd:
            return self._count(turn.picked, -1)
        settled = self.settle() if len(turn.competitors) > _FEW else ()
        if self.crowd is None:
            give_back(self.plain, turn)
        else:
            self._take_out(turn.competitors)
            give_back(self, turn)
            self._put_in(turn.competitors)
        return (*settled, *(rep for rep in turn.competitors if rep in self.plain))

    def settle(self) -> Sequence[RepId]:
        """Add to each of the crowd what its turns have added to all; returns whose ``plain`` credit has changed."""
        crowd = self.crowd
        if crowd is None:
            return ()
        self.plain = self._settled(crowd)
        self.crowd, self.turns, self._order = None, 0, None
        return crowd.members

    def __setitem__(self, rep: RepId, credit: int) -> None:
        share = None if self.crowd is None else self.crowd.share(rep)
        self.plain[rep] = credit if share is None else credit - self.turns * share

    def __delitem__(self, rep: RepId) -> None:
        self.settle()
        del self.plain[rep]

    def _count(self, picked: RepId, turns: int) -> Sequence[RepId]:
        self._take_out((picked,))
        self.turns += turns
        self.plain[picked] = self.plain.get(picked, 0) - turns * UNIT
        self._put_in((picked,))
        return (picked,)

    def _settled(self, crowd: Crowd) -> dict[RepId, int]:
        plain = self.plain.copy()
        get, turns = plain.get, self.turns
        for members, share in (
            (crowd.members[: crowd.rest], crowd.part + 1),
            (crowd.members[crowd.rest :], crowd.part),
        ):
            gained = turns * share
            for rep in members:
                plain[rep] = get(rep, 0) + gained
        return plain

    # --- in which order -----------------------------------------------------------------------------------------------

    def _ordered(self, crowd: Crowd) -> tuple[Order, Order]:
        if self._order is None:
            get = self.plain.get
            order = [(-get(rep, 0), rep) for rep in crowd.members]
            self._order = (sorted(order[: crowd.rest]), sorted(order[crowd.rest :]))
        return self._order

    def _take_out(self, reps: Sequence[RepId]) -> None:
        """Leave these out of the order while their credits change; :meth:`_put_in` brings them back."""
        if self._order is not None and len(reps) > _FEW:
            self._order = None
        for order, rep in self._places(reps):
            del order[bisect_left(order, (-self.plain.get(rep, 0), rep))]

    def _put_in(self, reps: Sequence[RepId]) -> None:
        for order, rep in self._places(reps):
            insort(order, (-self.plain.get(rep, 0), rep))

    def _places(self, reps: Sequence[RepId]) -> Iterator[tuple[Order, RepId]]:
        """Those of the crowd among ``reps``, each with the order that they belong to; none while it is unknown."""
        crowd, orders = self.crowd, self._order
        if crowd is None or orders is None:
            return
        for rep in reps:
            share = crowd.share(rep)
            if share is not None:
                yield orders[0 if share > crowd.part else 1], rep
