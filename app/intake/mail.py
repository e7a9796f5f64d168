"""Can a mail be sent to this text, and does the address say which company it belongs to?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult

import email_validator
import tldextract

from app.intake.freemail import FREE_MAIL, PUBLIC_SITES, THROWN_AWAY

LONGEST = 320
"""Characters of an address with its display name that are still looked at."""

# A strict subset of what the library takes, with the same result but for the case of the part before the @.
_PLAIN = re.compile(
    r"(?=.{3,254}\Z)(?=.{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@"
    r"((?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}))",
    re.ASCII,
)
_SPECIAL = frozenset(name.rsplit(".")[-1] for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)
_TEST_NAMES = ("test", "example")
_IN_ANGLES = re.compile(r"<([^<>]+)>\s*$")
_BETWEEN = re.compile(r"[;,，；、\s]+")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{0,20}:)?(?://)?(?:[^/@?#\s]*@)?([^\s/:?#@]+)(?::\d+)?(?:[/?#].*)?", re.DOTALL)
_registrable = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class Address(NamedTuple):
    """An address in lower case and its domain (internationalised ones in Unicode). ``several``: others stood beside."""

    email: str
    domain: str
    several: bool = False


def read_address(text: str) -> Address | None:
    """The mail address in a text, or None. Its syntax is checked, its domain is not looked up.

    All of it is lower-cased: no mail host worth routing by tells ``Ann@`` from ``ann@``. A display name and ``mailto:``
    are dropped; of several addresses the first that can be read counts. Reserved names that reach nobody
    (``localhost``, ``.local``, ``.invalid``) are refused; ``.test`` and ``example`` domains are taken.
    """
    folded = text.strip().lower()
    found = _PLAIN.fullmatch(folded)
    if found is not None and found[2] not in _SPECIAL:
        return Address(folded, found[1])
    if len(folded) > LONGEST:
        return None
    folded = folded.replace("＠", "@").replace("。", ".").removeprefix("mailto:").lstrip(" <").rstrip(" >;,.，；。")
    if (address := _ask_library(folded)) is not None:
        return address
    if named := _IN_ANGLES.search(text.strip().lower()):
        return _ask_library(named[1].strip())
    parts = [part for part in _BETWEEN.split(folded) if part]
    if len(parts) < 2 or not all("@" in part for part in parts):
        return None
    read = [address for part in parts[:5] if (address := _ask_library(part.strip("<>"))) is not None]
    return Address(read[0].email, read[0].domain, several=len(read) > 1) if read else None


def _ask_library(text: str) -> Address | None:
    try:
        read = email_validator.validate_email(
            text, check_deliverability=False, test_environment=text.endswith(_TEST_NAMES)
        )
    except (email_validator.EmailNotValidError, UnicodeError, ValueError):
        return None
    return Address(read.normalized.lower(), read.domain.lower())


def read_host(website: str) -> str | None:
    """The host name in a web address, however little of one was written; None if there is none."""
    found = _HOST.fullmatch(website.strip().lower()[:2000])
    host = "" if found is None else found[1].strip(".")
    return host if "." in host else None


@lru_cache(maxsize=65536)
def corporate_domain(domain: str) -> str | None:
    """The registrable part of a domain (``acme.co.uk`` of ``mail.acme.co.uk``), by the Public Suffix List that comes
    with tldextract; None for an IP address, an unknown suffix, free-mail, throw-away and shared public hosts.
    """
    if domain in FREE_MAIL or domain in THROWN_AWAY or domain in PUBLIC_SITES or len(domain) > 253:
        return None
    found = _registrable.extract_urllib(SplitResult("", domain, "", "", "")).top_domain_under_public_suffix
    if not found:
        # Names that are reserved for examples have no public suffix, but their last two labels are a company's.
        labels = domain.rsplit(".", 2)
        found = ".".join(labels[-2:]) if len(labels) > 1 and labels[-1] in _TEST_NAMES else ""
    if not found or found in FREE_MAIL or found in THROWN_AWAY or found in PUBLIC_SITES:
        return None
    return found
