"""Who is this? The same person, the same company, and the rep who has them already.

What earlier leads left behind is kept per key (an address, a phone number, a domain, a company's name) in an
:class:`Identity`. A key that has been seen with too many companies or people is a switchboard or a shared mailbox; it
goes on being counted, and links nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from rapidfuzz.fuzz import ratio

from app.engine.conditions import Facts
from app.engine.decision import UNKNOWN, Recognition
from app.engine.lead import Lead
from app.engine.roster import RepId
from app.engine.text import fold

KeyKind = Literal["email", "phone", "domain", "company"]

MANY: Final = 5
"""A key seen with more companies or people than this links nothing."""

CLOSE: Final = 88.0
"""The least similarity, of 100, at which two companies' names are close spellings of each other."""

SHORTEST_CLOSE: Final = 4
"""Names shorter than this are never close spellings: one character is then a different name."""


@dataclass(slots=True)
class Identity:
    """What is known by one key.

    ``companies`` and ``people`` hold who it was seen with, the latest last, up to one more than :data:`MANY`. ``owner``
    is the rep of the latest assignment, ``owner_seq`` that assignment's. For a company's name, ``block`` is shared with
    close spellings, and ``domain``, ``phone``, ``region``, ``industry`` are those seen last.
    """

    key: str
    kind: KeyKind
    leads: int = 0
    companies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    last_lead: str | None = None
    last_at: datetime | None = None
    owner: RepId | None = None
    owner_seq: int | None = None
    do_not_contact: bool = False
    outcome: str | None = None
    block: str | None = None
    domain: str | None = None
    phone: str | None = None
    region: str | None = None
    industry: str | None = None

    @property
    def shared(self) -> bool:
        """Whether this key belongs to too many to tell anything.

        Many people are what a company's domain is for; but a domain that many people write from and nobody ever names a
        company with is a mail provider's or a school's.
        """
        if len(self.companies) > MANY:
            return True
        many_people = len(self.people) > MANY
        return many_people and (self.kind in ("email", "phone") or (self.kind == "domain" and not self.companies))


_NEVER_SEEN: Final = Identity("", "email")
"""What is known by any key that no lead has had."""

Keys: TypeAlias = tuple[tuple[KeyKind, str], ...]


def keys_of(lead: Lead) -> Keys:
    """The keys by which a lead can be recognised, the most telling first."""
    found: list[tuple[KeyKind, str]] = []
    if lead.email:
        found.append(("email", "email:" + lead.email))
    if lead.phone:
        found.append(("phone", "phone:" + lead.phone))
    if lead.company_domain:
        found.append(("domain", "domain:" + lead.company_domain))
    if lead.company_key:
        found.append(("company", "company:" + lead.company_key))
    return tuple(found)


def company_tag(lead: Lead) -> str | None:
    """What stands for the lead's company among those that a key was seen with."""
    return lead.company_key or lead.company_domain


def _address(lead: Lead) -> str | None:
    """What stands for the person among those that a phone or a domain was seen with; None: their name does."""
    return "@" + lead.email if lead.email else None


def is_new(lead: Lead, keys: Keys, identities: Mapping[str, Identity]) -> bool:
    """Whether nothing at all is known of a lead: none of its keys, and no company that is spelled like its own."""
    for _, key in keys:
        if key in identities:
            return False
    return _similar(lead, identities) is None


def recognise(lead: Lead, keys: Keys, facts: Facts, identities: Mapping[str, Identity]) -> Recognition:
    """Tell person, company, similar company and owner from what the lead's ``keys`` are known for."""
    person = company = None
    for kind, key in keys:
        known = identities.get(key)
        if known is None or not known.leads or known.shared:
            continue
        if kind in ("email", "phone"):
            if person is None and (kind == "email" or not _conflicts(lead, known)):
                person = known
        elif company is None:
            company = known
    similar = None if company else _similar(lead, identities)
    if person is company is similar is None:
        return UNKNOWN
    owner, owner_by = _owner(person, company)
    if owner is None and similar is not None and similar.owner and _agrees(lead, facts, similar, identities):
        owner, owner_by = similar.owner, "similar"
    return Recognition(
        person=None if person is None else person.last_lead,
        person_by=None if person is None else person.kind,
        company=None if company is None else company.last_lead,
        company_by=None if company is None else company.kind,
        similar=None if similar is None else similar.last_lead,
        owner=owner,
        owner_by=owner_by,
    )


def again(
    recorded: Recognition, lead: Lead, facts: Facts, identities: Mapping[str, Identity], lead_id: str
) -> Recognition:
    """The recognition of a lead that is routed again: as recorded, but for who owns its keys now.

    A lead must not meet itself: links that only it has made do not count.
    """
    others = {key: known for key, known in identities.items() if known.leads > 1 or known.last_lead != lead_id}
    now = recognise(lead, keys_of(lead), facts, others)
    return replace(recorded, owner=now.owner, owner_by=now.owner_by)


def _conflicts(lead: Lead, phone: Identity) -> bool:
    """Whether the lead is from somebody else than the one who used this phone number last.

    That is told by another address, or another company. Two firms behind one number must not inherit each other's rep.
    """
    return _differs(lead, phone, phone.companies[-1:], _addresses(phone)[-1:])


def _is_new_to(lead: Lead, phone: Identity) -> bool:
    """Whether the lead is from somebody who was never seen with this phone number."""
    return _differs(lead, phone, phone.companies, _addresses(phone))


def _differs(lead: Lead, phone: Identity, companies: Sequence[str], addresses: Sequence[str]) -> bool:
    company = company_tag(lead)
    same_domain = lead.company_domain is not None and lead.company_domain == phone.domain
    if company is not None and companies and company not in companies and not same_domain:
        return True
    return bool(lead.email and addresses and "@" + lead.email not in addresses)


def _addresses(phone: Identity) -> list[str]:
    return [person for person in phone.people if person.startswith("@")]


def _similar(lead: Lead, identities: Mapping[str, Identity]) -> Identity | None:
    key, block = lead.company_key, lead.company_block
    if not key or not block or len(key) < SHORTEST_CLOSE:
        return None
    best, best_likeness = None, CLOSE
    for known in identities.values():
        if known.block != block or not known.leads:
            continue
        likeness = ratio(key, known.key.removeprefix("company:"), score_cutoff=best_likeness)
        if likeness >= best_likeness and (best is None or (likeness, known.key) > (best_likeness, best.key)):
            best, best_likeness = known, likeness
    return best


def _owner(*linked: Identity | None) -> tuple[RepId | None, str | None]:
    """Who has the first of these that anybody has, and by what kind of key."""
    for known in linked:
        if known is not None and known.owner is not None:
            return known.owner, known.kind
    return None, None


def _agrees(lead: Lead, facts: Facts, similar: Identity, identities: Mapping[str, Identity]) -> bool:
    """Whether more than the spelling makes two names one company: a domain or number of its own, or place and trade."""
    for kind, ours, theirs in (
        ("domain", lead.company_domain, similar.domain),
        ("phone", lead.phone, similar.phone),
    ):
        if ours is not None and ours == theirs:
            known = identities.get(f"{kind}:{ours}")
            if known is None or not known.shared:
                return True
    region, industry = own_node(facts, "region"), own_node(facts, "industry")
    return bool(region and industry and similar.region == region and similar.industry == industry)


def own_node(facts: Facts, dimension: str) -> str | None:
    """The lead's own node in a tree: the narrowest of its path."""
    path = facts.get(dimension)
    return path[0] if isinstance(path, tuple) and path else None


NO_HISTORY: Final[Facts] = {"history.person_leads": 0, "history.company_leads": 0, "possible_duplicate": False}
"""What conditions may ask about the past of a lead that nothing is known of."""


def history(
    keys: Keys, recognition: Recognition, identities: Mapping[str, Identity], now: datetime, *, counted: bool
) -> Facts:
    """What conditions may ask about the past, as facts.

    ``counted``: the lead is among those that its keys have been seen with, as one that is routed again is. It does not
    count itself; how long ago the one before came is then not known any more.
    """
    found: dict[str, object] = {}
    itself = 1 if counted else 0
    for kind, key in keys:
        known = identities.get(key)
        if known is None:
            continue
        if kind == recognition.person_by:
            found["history.person_leads"] = known.leads - itself
            if known.last_at is not None and not counted:
                found["history.days_since_last"] = round((now - known.last_at).total_seconds() / 86400, 3)
            if known.outcome is not None:
                found["history.last_outcome"] = known.outcome
        elif kind == recognition.company_by:
            found["history.company_leads"] = known.leads - itself
    found["possible_duplicate"] = recognition.person is not None or recognition.similar is not None
    return {**NO_HISTORY, **found}


def do_not_contact(lead: Lead, keys: Keys, identities: Mapping[str, Identity]) -> bool:
    """Whether this lead, or this person before, asked not to be contacted."""
    if lead.do_not_contact:
        return True
    if not identities:
        return False
    # An address is held to whatever it said, also one that many write from: else a few other names would undo it.
    return any(
        known.do_not_contact
        for kind, key in keys
        if kind in ("email", "phone") and (known := identities.get(key))
        and (kind == "email" or not (known.shared or _is_new_to(lead, known)))
    )  # fmt: skip


def remember(
    lead: Lead, lead_id: str, facts: Facts, identities: Mapping[str, Identity], now: datetime
) -> list[Identity]:
    """The identities of a lead's keys after it has been seen."""
    updated = []
    company, address = company_tag(lead), _address(lead)
    name = fold(lead.name) if lead.name else None
    region, industry = own_node(facts, "region"), own_node(facts, "industry")
    for kind, key in keys_of(lead):
        known = identities.get(key, _NEVER_SEEN)
        companies, people = known.companies, known.people
        if kind != "company":
            companies = _with_latest(companies, lead.company_key if kind == "domain" else company)
            people = _with_latest(people, name if kind == "email" else address or name)
        updated.append(
            Identity(
                key=key,
                kind=kind,
                leads=known.leads + 1,
                companies=companies,
                people=people,
                last_lead=lead_id,
                last_at=now,
                owner=known.owner,
                owner_seq=known.owner_seq,
                do_not_contact=known.do_not_contact or lead.do_not_contact,
                outcome=known.outcome,
                block=lead.company_block if kind == "company" else None,
                domain=lead.company_domain or known.domain,
                phone=lead.phone or known.phone,
                region=region or known.region,
                industry=industry or known.industry,
            )
        )
    return updated


def _with_latest(seen: tuple[str, ...], latest: str | None) -> tuple[str, ...]:
    """Those seen with a key, the latest last. Beyond :data:`MANY` it makes no difference who they are."""
    if latest is None or seen[-1:] == (latest,) or len(seen) > MANY:
        return seen
    if not seen:
        return (latest,)
    return (*[one for one in seen if one != latest], latest)


def own(identities: Iterable[Identity], rep: RepId, seq: int) -> None:
    """Make ``rep`` the owner of these identities, since assignment ``seq``."""
    for identity in identities:
        identity.owner, identity.owner_seq = rep, seq
