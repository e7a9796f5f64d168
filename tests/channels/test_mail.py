"""Who is to know is told by mail: in their language, in letters that mail programs show once, over verified TLS."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.channels import mail
from app.channels.base import Delivered, Event, Outcome, Refusal, TryAgain
from app.channels.mail import EMAIL, together
from app.net.allowed import read_allowed
from app.net.guard import Guard
from tests.channels.office import ACTIVATED, ALL, ASSIGNED, QUEUED, REASSIGNED, about, calling, told
from tests.channels.post import Post, receiving_mail
from tests.net.authority import Authority

PLAIN = {"host": "127.0.0.1", "tls": "none", "sender": "Leads <leads@example.com>", "to": ["rep"]}


async def here(host: str, port: int) -> Sequence[str]:
    """Every name is this machine's."""
    return ["127.0.0.1"]


async def sent(
    post: Post,
    event: Event = ASSIGNED,
    *,
    settings: Mapping[str, Any] | None = None,
    password: str | None = None,
    client: Mapping[str, Any] | None = None,
    **how: Any,
) -> Outcome:
    secrets = {"password": (password,)} if password else {}
    chosen = told(EMAIL, {**PLAIN, "port": post.port, **(settings or {})}, secrets, **how)
    async with calling(**(client or {})) as network:
        return await EMAIL.send(network, chosen, [event])


def body(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


async def test_the_rep_gets_a_letter_that_they_can_act_on() -> None:
    settings = {"link": "https://crm.example.com/leads/{external_id}", "reply_to": "desk@example.com"}
    async with receiving_mail(Post()) as post:
        assert await sent(post, settings=settings) == Delivered(250, "queued as 1")
    ((to, letter),) = post.letters
    assert to == "mia@example.com"
    assert letter["Subject"] == "New lead for Mia Example: Jane Doe · Head of Purchasing · Acme Robots"
    assert (letter["From"], letter["To"], letter["Reply-To"]) == (
        "Leads <leads@example.com>", "mia@example.com", "desk@example.com",
    )  # fmt: skip
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].startswith("<evt_assigned_1.")
    assert letter["Message-ID"].endswith("@example.com>")
    assert (
        body(letter)
        == """\
New lead for Mia Example

Lead: Jane Doe · Head of Purchasing · Acme Robots
Contact: +8613900000002 · jane.doe@example.org
Wants: Arm 7 · Twelve arms for a new line · budget CNY 300,000
Worth: tier A · score 13
Location: Suzhou · CN
Source: website · spring
First contact by: Tue 3 Mar 2026, 10:30 (Asia/Shanghai)
Why: Rule “region” gave it to Mia Example, whose turn it was, of 3 able (score 13, tier A).

Open the lead: https://crm.example.com/leads/crm-501

--\x20
Sent automatically by lead router, because this address is on the list to be notified.
"""
    )
    html = body(letter, "html")
    assert '<a href="https://crm.example.com/leads/crm-501">Open the lead</a>' in html
    assert "jane.doe@example.org" in html


async def test_everyone_reads_their_own_language_and_nobody_sees_the_others() -> None:
    settings = {"to": ["rep", "manager", "Desk <desk@example.com>", "MIA@example.com"]}
    async with receiving_mail(Post()) as post:
        await sent(post, settings=settings, language="zh")
    assert [to for to, _ in post.letters] == ["mia@example.com", "noor@example.com", "desk@example.com"]
    subjects = [str(letter["Subject"]) for _, letter in post.letters]
    assert [subject.partition("：")[0].partition(" for")[0] for subject in subjects] == ["New lead", "新线索", "新线索"]
    assert subjects[1].endswith(" · Jane Doe · Head of Purchasing · Acme Robots")
    assert all(len(letter["To"].addresses) == 1 for _, letter in post.letters)


async def test_whoever_referred_the_lead_is_told_who_has_it_and_not_how_to_reach_anyone() -> None:
    async with receiving_mail(Post()) as post:
        await sent(post, settings={"to": ["referrer"]})
        await sent(post, REASSIGNED, settings={"to": ["referrer"]})
        await sent(post, about(referrer="a colleague"), settings={"to": ["referrer"]})
    ((to, letter),) = post.letters
    assert to == "friend@example.org"
    assert letter["Subject"] == "Mia Example is taking care of your referral"
    whole = body(letter) + body(letter, "html")
    assert body(letter).splitlines()[2] == "Thank you for referring Jane Doe. Mia Example will take it from here."
    assert "Thank you for referring Jane Doe." in body(letter, "html")
    for private in ("+86139", "jane.doe@", "Twelve arms", "score", "https://"):
        assert private not in whole


async def test_a_repetition_carries_the_same_id_and_another_reader_another_one() -> None:
    async with receiving_mail(Post()) as post:
        for _ in range(2):
            await sent(post, settings={"to": ["rep", "manager"]})
    ids = [str(letter["Message-ID"]) for _, letter in post.letters]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.type)
async def test_every_event_can_be_mailed(event: Event) -> None:
    async with receiving_mail(Post()) as post:
        assert isinstance(await sent(post, event, settings={"to": ["desk@example.com"]}), Delivered)
    assert len(post.letters) == 1


async def test_what_a_lead_wrote_makes_no_header_no_link_and_no_markup() -> None:
    evil = 'x\r\nBcc: boss@example.com\r\n\r\n<img src="https://evil.example/?"> <a href="x">y</a> www.evil.example'
    async with receiving_mail(Post()) as post:
        await sent(post, about(name=evil, company=evil, need=evil, title=evil))
    ((_, letter),) = post.letters
    assert letter["Bcc"] is None
    assert [to for to, _ in post.letters] == ["mia@example.com"]
    html = body(letter, "html")
    assert "<img" not in html
    assert "<a " not in html
    assert "://evil" not in html + body(letter) + str(letter["Subject"])


@pytest.mark.parametrize("email", ["mia@example.com\r\nBcc: x@example.com", "not an address", "<>", "a@b@c", "@"])
async def test_an_address_on_the_roster_that_is_none_is_refused_and_nobody_is_written_to(email: str) -> None:
    event = replace(ASSIGNED, data={**ASSIGNED.data, "rep": {"id": "east-1", "name": "Mia", "email": email}})
    async with receiving_mail(Post()) as post:
        assert isinstance(await sent(post, event), Refusal)
    assert post.letters == []


async def test_personal_data_is_masked_if_it_is_to_stay_here() -> None:
    async with receiving_mail(Post()) as post:
        await sent(post, personal=False)
    ((_, letter),) = post.letters
    whole = str(letter["Subject"]) + body(letter) + body(letter, "html")
    assert "J***" in whole
    for private in ("Jane", "jane.doe", "13900000002", "Twelve arms"):
        assert private not in whole


async def test_a_rep_without_an_email_is_refused_and_where_there_is_no_rep_there_is_nothing_to_do() -> None:
    bare = replace(ASSIGNED, data={**ASSIGNED.data, "rep": {"id": "east-1", "name": "Mia"}})
    async with receiving_mail(Post()) as post:
        assert await sent(post, bare) == Refusal("Rep east-1 has no email on the roster: add it", of_event=True)
        for event in (QUEUED, ACTIVATED):
            assert await sent(post, event) == Delivered(said="There is nobody to tell of this")
    assert post.letters == []


@pytest.mark.parametrize(
    ("replies", "kept", "why"),
    [
        ({"mia@example.com": "550 5.1.1 no such user"}, Refusal, "mia@example.com: 550 5.1.1 no such user"),
        ({"mia@example.com": "450 4.2.0 greylisted"}, TryAgain, "mia@example.com: 450 4.2.0 greylisted"),
        ({"DATA": "554 5.7.1 spam"}, Refusal, "554 5.7.1 spam"),
        ({"DATA": "451 4.3.0 later"}, TryAgain, "451 4.3.0 later"),
        ({"DATA": "421 4.3.2 shutting down"}, TryAgain, "421"),
        ({"noor@example.com": "550 gone"}, Refusal, "(1 of 2 letters were taken)"),
        ({"noor@example.com": "450 busy", "mia@example.com": "550 gone"}, TryAgain, "450 busy"),
    ],
)
async def test_what_the_server_answers_is_judged_for_each_reader(
    replies: dict[str, str], kept: type[Outcome], why: str
) -> None:
    async with receiving_mail(Post(replies)) as post:
        outcome = await sent(post, settings={"to": ["rep", "manager"]})
    assert isinstance(outcome, kept)
    assert why in getattr(outcome, "why", "")


def test_several_outcomes_are_one() -> None:
    taken, again, refused = Delivered(250), TryAgain("a"), Refusal("b", 550)
    assert together([taken, taken]) == taken
    assert together([taken, refused, again]) == again
    assert together([taken, refused]) == Refusal("b (1 of 2 letters were taken)", 550)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_mail_goes_over_tls_that_is_verified_and_with_the_password(mode: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.server("mail.example.com")
    client = {"trust": authority.client, "resolve": here, "guard": Guard(read_allowed("127.0.0.0/8"))}
    settings = {"host": "mail.example.com", "tls": mode, "username": "router"}
    contexts = {"starttls": server} if mode == "starttls" else {"tls": server}
    async with receiving_mail(Post(), login=True, **contexts) as post:
        assert isinstance(await sent(post, settings=settings, password="right", client=client), Delivered)
        assert post.logins == [(b"router", b"right")]
        wrong = await sent(post, settings=settings, password="wr0ng", client=client)
        assert isinstance(wrong, Refusal)
        assert "`password`" in wrong.why
        assert "wr0ng" not in wrong.why
        for other in ({**settings, "host": "other.example.com"}, settings):
            trust = client if other is not settings else {**client, "trust": Authority(tmp_path).client}
            refused = await sent(post, settings=other, password="right", client=trust)
            assert isinstance(refused, TryAgain)
            assert "certificate" in refused.why.lower()
    assert len(post.letters) == 1


async def test_a_server_without_starttls_gets_nothing() -> None:
    async with receiving_mail(Post()) as post:
        outcome = await sent(post, settings={"tls": "starttls"})
    assert isinstance(outcome, Refusal)
    assert "offers no STARTTLS" in outcome.why
    assert post.letters == []


async def test_a_private_mail_server_is_refused_unless_it_is_allowed() -> None:
    async with receiving_mail(Post()) as post:
        assert isinstance(await sent(post, client={"guard": Guard()}), Refusal)
        assert isinstance(await sent(post, client={"guard": Guard(read_allowed("127.0.0.1"))}), Delivered)


async def test_a_server_that_hangs_or_hangs_up_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    hang = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hang.wait()
        writer.close()

    async def brief(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()

    for serve in (silent, brief):
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        post = Post()
        post.port = server.sockets[0].getsockname()[1]
        assert isinstance(await sent(post), TryAgain)
        server.close()
    hang.set()
    assert isinstance(await sent(post), TryAgain), "nobody listens any more"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"to": []}, "at least 1"),
        ({"to": ["boss"]}, "`rep`, `manager`, `referrer`, or a mail address"),
        ({"to": ["a@b@c"]}, "no mail address"),
        ({"sender": "Leads"}, "no mail address"),
        ({"sender": "Leads <leads@example.com>\r\nBcc: x@example.com"}, "no mail address"),
        ({"username": "me"}, "without TLS"),
        ({"host": "mail.example.com/x"}, "the name of a server is wanted"),
        ({"password": "hunter2"}, "password"),
        ({"tls": "ssl"}, "starttls"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: Mapping[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        EMAIL.settings.model_validate({**PLAIN, **settings})
