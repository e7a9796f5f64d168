"""How is somebody told by mail? A letter for each who is to know, in their language, as text and as HTML.

Over SMTP (RFC 5321) to the server that is set, TLS verified. A letter's Message-ID (RFC 5322) comes from the event and
whom it is for, so that mail programs show a repetition once. ``Auto-Submitted`` (RFC 3834) keeps out-of-office replies
from coming back.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import formatdate, parseaddr
from typing import Annotated, Any, Final, Literal

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.channels import words
from app.channels.base import Channel, Delivered, Event, Outcome, Refusal, Told, TryAgain
from app.channels.message import Message, checked_link, message, referred
from app.channels.texts import plain, unlinked
from app.engine.explain import Language
from app.intake.mail import read_address
from app.intake.models import written_as
from app.net.client import Network, Refused, Unreachable

SECONDS: Final[float] = 30
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_ROLES: Final = ("rep", "manager", "referrer")


def mailbox(value: str) -> Address:
    """A mail address with or without a name before it. Raises ValueError for what is none, or is several."""
    name, address = parseaddr(value)
    whole = value.strip()
    if not value.isprintable() or (whole != address and not whole.endswith(f"<{address}>")):
        raise ValueError("This is no mail address: it must be `leads@example.com` or `Leads <leads@example.com>`")
    try:
        # Mail servers inside a company have domains that nobody else knows.
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
        return Address(name, addr_spec=found.normalized)
    except (EmailNotValidError, HeaderParseError) as error:
        raise ValueError(f"This is no mail address: {error}") from None


def _mailbox(value: str) -> str:
    mailbox(value)
    return value


def _recipient(value: str) -> str:
    if value in _ROLES:
        return value
    if "@" not in value:
        raise ValueError("A recipient is `rep`, `manager`, `referrer`, or a mail address")
    return _mailbox(value)


Mailbox = Annotated[str, Field(max_length=320), AfterValidator(_mailbox)]


class MailSettings(BaseModel):
    """Who is told by mail, and through which server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[
        str, written_as(r"[A-Za-z0-9.:-]{1,253}", "the name of a server is wanted, such as smtp.example.com")
    ] = Field(description="The SMTP server")
    port: int | None = Field(default=None, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS, 25 for neither")
    tls: Literal["starttls", "tls", "none"] = Field(default="starttls", description="How the connection is encrypted")
    username: str | None = Field(default=None, min_length=1, max_length=320)
    sender: Mailbox = Field(description="From whom: `Leads <leads@example.com>`")
    reply_to: Mailbox | None = None
    to: tuple[Annotated[str, Field(max_length=320), AfterValidator(_recipient)], ...] = Field(
        min_length=1, max_length=20, description="`rep`, `manager`, `referrer` (told who got it), or addresses"
    )
    link: Annotated[str, Field(max_length=500), AfterValidator(checked_link)] | None = Field(
        default=None, description="Where a lead is opened: `https://crm.example.com/leads/{external_id}`"
    )

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> MailSettings:
        if self.username is not None and self.tls == "none":
            raise ValueError("A password is not sent without TLS: set `tls` to `starttls` or `tls`")
        return self


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, and where it goes."""

    to: str
    content: EmailMessage


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Mail one event to all who are to know.

    If some do not get it the whole is sent again, or refused with their names: the rest see a repetition, and their
    mail programs one letter.
    """
    settings = told.settings
    assert isinstance(settings, MailSettings)
    (event,) = events
    try:
        letters = list(_letters(event, told, settings))
    except ValueError as error:
        return Refusal(f"The letter cannot be written: {error}", of_event=True)
    if not letters:
        if event.type in ("lead.assigned", "lead.reassigned") and "rep" in settings.to:
            rep = (event.data.get("rep") or {}).get("id", "?")
            return Refusal(f"Rep {rep} has no email on the roster: add it", of_event=True)
        return Delivered(said="There is nobody to tell of this")
    try:
        async with asyncio.timeout(SECONDS):
            return await _sent(client, told, settings, letters)
    except Refused as error:
        return Refusal(str(error))
    except Unreachable as error:
        return TryAgain(str(error))
    except TimeoutError:
        return TryAgain(f"{settings.host}: the mail was not taken within {SECONDS:g} seconds")
    except aiosmtplib.SMTPAuthenticationError as error:
        if error.code < 500:
            return TryAgain(_reply(error), error.code)
        return Refusal(f"{_reply(error)}. Set `username` and the secret `password` anew", error.code)
    except aiosmtplib.SMTPNotSupported as error:
        return Refusal(f"{settings.host}: {plain(error, 200)}; see `tls` and `username`")
    except aiosmtplib.SMTPResponseException as error:
        return _judged(error.code, _reply(error))
    except (aiosmtplib.SMTPException, OSError) as error:
        return TryAgain(f"{settings.host}: {plain(error, 200)}")


async def _sent(client: Network, told: Told, settings: MailSettings, letters: Sequence[Letter]) -> Outcome:
    connection = await client.connect(settings.host, settings.port or _PORTS[settings.tls], seconds=SECONDS)
    password = next(iter(told.secrets.get("password", ())), None)
    server = aiosmtplib.SMTP(
        hostname=settings.host,
        sock=connection,
        use_tls=settings.tls == "tls",
        start_tls=False,
        tls_context=client.tls(),
        local_hostname=_domain(settings.sender),
        timeout=SECONDS,
    )
    sender = mailbox(settings.sender).addr_spec
    outcomes: list[Outcome] = []
    try:
        await server.connect()
        await server.ehlo()
        if settings.tls == "starttls":
            if not server.supports_extension("starttls"):
                return Refusal(f"{settings.host} offers no STARTTLS: set `tls` to what it offers, and `port` with it")
            await server.starttls()
        if settings.username is not None:
            await server.login(settings.username, password or "")
        for letter in letters:
            try:
                _, reply = await server.send_message(letter.content, sender=sender, recipients=[letter.to])
                outcomes.append(Delivered(250, plain(reply, 200)))
            except aiosmtplib.SMTPRecipientsRefused as error:
                refused = error.recipients[0]
                outcomes.append(_judged(refused.code, f"{letter.to}: {refused.code} {plain(refused.message, 200)}"))
            except aiosmtplib.SMTPResponseException as error:
                outcomes.append(_judged(error.code, f"{letter.to}: {_reply(error)}"))
        with contextlib.suppress(aiosmtplib.SMTPException):
            # What was taken stays taken, whatever becomes of the farewell.
            await server.quit()
    finally:
        # With it goes the connection, which is its own from the moment that it connects.
        server.close()
    return together(outcomes)


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """What became of several letters: taken if all were; else the first that may be tried again, else the refusals."""
    again = next((one for one in outcomes if isinstance(one, TryAgain)), None)
    if again is not None:
        return again
    refusals = [one for one in outcomes if isinstance(one, Refusal)]
    if refusals:
        taken = len(outcomes) - len(refusals)
        why = "; ".join(one.why for one in refusals)
        return Refusal(f"{why} ({taken} of {len(outcomes)} letters were taken)", refusals[0].status)
    return outcomes[0]


def _judged(code: int, why: str) -> Outcome:
    return TryAgain(why, code) if 400 <= code < 500 else Refusal(why, code)


def _reply(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {plain(error.message, 200)}"


def _letters(event: Event, told: Told, settings: MailSettings) -> Iterator[Letter]:
    """One for each address, in the order of ``to``."""
    done: set[str] = set()
    for who in settings.to:
        person = event.data.get(who) if who in ("rep", "manager") else None
        language = _language(person, told.language)
        if who == "referrer":
            address = _referrer(event)
            written = referred(event, language, personal=told.personal)
        else:
            address = person.get("email") if isinstance(person, Mapping) else None if who in _ROLES else who
            written = message(event, language, personal=told.personal, link=settings.link)
        if isinstance(address, str) and address and address.lower() not in done:
            done.add(address.lower())
            yield Letter(mailbox(address).addr_spec, letter(event, settings, address, written))


def _referrer(event: Event) -> str | None:
    """Whoever referred the lead is told once, and only if a mail address says who."""
    given = (event.data.get("lead") or {}).get("referrer") if event.type in ("lead.assigned", "test") else None
    found = read_address(given) if isinstance(given, str) else None
    return found.email if found is not None and not found.several else None


def _language(person: Any, otherwise: Language) -> Language:
    spoken = str(person.get("language") or "").lower() if isinstance(person, Mapping) else ""
    return "zh" if spoken.startswith("zh") else "en" if spoken.startswith("en") else otherwise


def letter(event: Event, settings: MailSettings, to: str, written: Message) -> EmailMessage:
    """The letter. Raises ValueError for an address that is none."""
    domain, reader = _domain(settings.sender), mailbox(to)
    made = EmailMessage(policy=MAIL)
    about = next((text for key, text in written.rows if key == "contact"), None)
    title = written.title
    subject = words.SUBJECT[written.language].format(title=title, about=about) if about else title
    made["Subject"] = unlinked(plain(subject, 200))
    made["From"] = mailbox(settings.sender)
    made["To"] = reader
    if settings.reply_to is not None:
        made["Reply-To"] = mailbox(settings.reply_to)
    made["Date"] = formatdate(event.at.timestamp())
    whom = hashlib.sha256(reader.addr_spec.lower().encode()).hexdigest()[:16]
    made["Message-ID"] = f"<{_id(event.id)}.{whom}@{domain}>"
    if event.lead_id is not None:
        made["References"] = f"<lead.{_id(str(event.lead_id))}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(_text(written), cte="quoted-printable")
    made.add_alternative(_html(written), subtype="html", cte="quoted-printable")
    return made


def _text(written: Message) -> str:
    parts = [written.title, "", *(unlinked(line) for line in written.lines())]
    if written.link is not None:
        parts += ["", words.labelled(words.OPEN[written.language], written.link, written.language)]
    return "\n".join([*parts, "", "-- ", words.FOOT[written.language], ""])


def _html(written: Message) -> str:
    label = 'style="color:#666;padding:2px 12px 2px 0;vertical-align:top;white-space:nowrap"'
    rows = "".join(
        f"<tr><td {label}>{html.escape(words.LABEL[key][written.language])}</td>"
        f"<td>{html.escape(unlinked(text))}</td></tr>"
        for key, text in written.rows
    )
    link = ""
    if written.link is not None:
        link = f'<p><a href="{html.escape(written.link)}">{html.escape(words.OPEN[written.language])}</a></p>'
    return (
        f'<!doctype html><html lang="{written.language}"><head><meta charset="utf-8"></head>'
        f'<body style="font-family:sans-serif;font-size:15px;line-height:1.5">'
        f"<h2>{html.escape(unlinked(written.title))}</h2><table>{rows}</table>{link}"
        f'<p style="color:#666;font-size:12px">{html.escape(words.FOOT[written.language])}</p></body></html>'
    )


def _id(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)[:100]


def _domain(address: str) -> str:
    domain = mailbox(address).domain
    return domain.encode("idna").decode() if not domain.isascii() else domain


def check_secret(name: str, value: str) -> None:
    """Raises ValueError for a password that no server could have given out."""
    if not value.isprintable():
        raise ValueError("It must hold no control characters")


EMAIL: Final = Channel(
    kind="email",
    title=("Email", "电子邮件"),
    settings=MailSettings,
    send=send,
    secrets=("password",),
    check_secret=check_secret,
)
