from __future__ import annotations

import email_validator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake.freemail import FREE_MAIL, PUBLIC_SITES, THROWN_AWAY
from app.intake.mail import corporate_domain, read_address, read_host


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann.Lee+Test@Example.ORG ", "ann.lee+test@example.org"),
        ("Ann Lee <Ann@example.com>", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("ann@example.com;", "ann@example.com"),
        ("ann＠qq.com", "ann@qq.com"),
        ("ann@acme.test", "ann@acme.test"),
        ("ann@acme.example", "ann@acme.example"),
        ("张伟@例子.中国", "张伟@例子.中国"),
    ],
)
def test_an_address_is_read_however_it_is_dressed(text: str, address: str) -> None:
    read = read_address(text)
    assert read is not None
    assert (read.email, read.several) == (address, False)


def test_of_several_addresses_the_first_counts() -> None:
    read = read_address("ann@example.com, bob@example.com")
    assert read is not None
    assert (read.email, read.several) == ("ann@example.com", True)


@pytest.mark.parametrize(
    "text",
    [
        "annexample.com",
        "ann@",
        "@example.com",
        "a..b@example.com",
        "ann@-x.com",
        "ann@localhost",
        "ann@printer.local",
        "a b@x.com",
        "ann@1.2.3.4",
        "x" * 250 + "@example.com",
        "ann@" + "x" * 250 + ".com",
        "n/a",
        "",
        "a@@b.com",
    ],
)
def test_what_is_no_address_is_not_one(text: str) -> None:
    assert read_address(text) is None


letters = "abcxyz0189_+-.'!@ÄA "
local = st.text(alphabet=letters, min_size=1, max_size=70)
domain = st.lists(st.text(alphabet="abz09-Ü_", min_size=1, max_size=66), min_size=1, max_size=4).map(".".join)
tails = st.sampled_from([".com", ".cn", ".co.uk", ".test", ".local", ".arpa", ".c", ".xn--p1ai", "", ".123", ".onion"])


@given(st.builds(lambda name, host, tail: f"{name}@{host}{tail}", local, domain, tails))
@settings(max_examples=1500, deadline=None)
def test_the_fast_way_agrees_with_the_library(text: str) -> None:
    try:
        answer = email_validator.validate_email(
            text.strip(), check_deliverability=False, test_environment=text.endswith((".test", ".example"))
        )
        wanted = answer.normalized.lower()
    except email_validator.EmailNotValidError:
        return
    read = read_address(text)
    assert read is not None
    assert read.email == wanted


@given(st.from_regex(r"\A[a-z0-9_+-]{1,10}(\.[a-z0-9_+-]{1,10})?@([a-z0-9-]{1,9}\.){1,3}[a-z]{1,8}\Z"))
@settings(max_examples=1500, deadline=None)
def test_the_fast_way_takes_nothing_that_the_library_refuses(text: str) -> None:
    try:
        answer = email_validator.validate_email(
            text, check_deliverability=False, test_environment=text.endswith("test")
        )
    except email_validator.EmailNotValidError:
        assert read_address(text.strip("-+_.")) is None or read_address(text) is None
        return
    read = read_address(text)
    assert read is not None
    assert (read.email, read.domain) == (answer.normalized.lower(), answer.domain.lower())


@pytest.mark.parametrize(
    ("website", "host"),
    [
        ("https://www.acme.co.uk/x?y#z", "www.acme.co.uk"),
        ("acme.com", "acme.com"),
        ("HTTP://user:word@Shop.acme.com:8080/", "shop.acme.com"),
        ("//acme.com", "acme.com"),
        ("we have none", None),
        ("n/a", None),
        ("localhost", None),
        ("localhost.", None),
    ],
)
def test_the_host_of_a_website_is_found(website: str, host: str | None) -> None:
    assert read_host(website) == host


@pytest.mark.parametrize(
    ("domain", "corporate"),
    [
        ("mail.acme.co.uk", "acme.co.uk"),
        ("acme.com.cn", "acme.com.cn"),
        ("shop.github.io", "shop.github.io"),
        ("mail.acme.test", "acme.test"),
        ("gmail.com", None),
        ("vip.163.com", None),
        ("mail.qq.com", None),
        ("yopmail.com", None),
        ("www.linkedin.com", None),
        ("10.0.0.1", None),
        ("nonsense", None),
    ],
)
def test_a_corporate_domain_is_registrable_and_one_company_s(domain: str, corporate: str | None) -> None:
    assert corporate_domain(domain) == corporate


def test_the_lists_are_of_domains() -> None:
    for name in FREE_MAIL | THROWN_AWAY | PUBLIC_SITES:
        assert read_address(f"ann@{name}") is not None, name
