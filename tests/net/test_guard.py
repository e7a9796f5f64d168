"""Which addresses may be called, as they are written and as they resolve."""

from ipaddress import ip_address

import pytest

from app.net.allowed import Allowed, read_allowed, special
from app.net.client import Refused
from app.net.guard import Guard

GUARD = Guard()

PUBLIC = ["93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::5db8:d822"]

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert special(ip_address(address)) is None
    assert GUARD.addresses("hooks.example.com", [address]) == [ip_address(address)]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet_is_refused_whatever_name_it_has(address: str) -> None:
    with pytest.raises(Refused, match=r"hooks\.example\.com .* is (an?|the) .*, which is not called"):
        GUARD.addresses("hooks.example.com", [address])


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet_is_refused_as_it_is_written(address: str) -> None:
    host = f"[{address.partition('%')[0]}]" if ":" in address else address
    with pytest.raises(Refused):
        GUARD.url(f"https://{host}/hook")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        GUARD.addresses("hooks.example.com", ["93.184.216.34", "10.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://127.0.0.01/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://%31%32%37.0.0.1/",
        "http://localhost/",
        "http://LOCALHOST:8000/",
        "http://localhost./",
        "http://api.localhost/",
        "http://[::]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1%25eth0]/",
        "http://user:hunter2@hooks.example.com/",
        "http://user@hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "javascript:alert(1)",
        "//hooks.example.com/",
        "hooks.example.com/path",
        "https:///path",
        "https://",
        "",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://hooks.example.com/\n",
        "https://exa mple.com/",
    ],
)
def test_an_odd_spelling_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(Refused) as caught:
        GUARD.url(url)
    assert "hunter2" not in str(caught.value)
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/a?key=b", "http://hooks.example.com:8080", "https://例子.example.com/"]
)
def test_an_ordinary_address_passes(url: str) -> None:
    assert GUARD.url(url).host


def test_a_network_can_be_allowed_and_nothing_else_with_it() -> None:
    guard = Guard(read_allowed("10.0.0.0/8, fd00::/8"))
    assert guard.addresses("hooks.internal", ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"])
    guard.url("http://10.1.2.3/")
    for address in ("192.168.0.1", "127.0.0.1", "::1"):
        with pytest.raises(Refused):
            guard.addresses("hooks.internal", [address])


def test_a_host_can_be_allowed_wherever_it_is() -> None:
    guard = Guard(read_allowed("hooks.internal, *.corp.example, localhost"))
    assert guard.addresses("Hooks.Internal.", ["10.0.0.1"])
    assert guard.addresses("a.b.corp.example", ["10.0.0.1"])
    guard.url("http://localhost:8000/")
    for host in ("other.internal", "corp.example", "hooks.internal.example.com", "xcorp.example"):
        with pytest.raises(Refused):
            guard.addresses(host, ["10.0.0.1"])


def test_everything_can_be_allowed_but_not_another_scheme_or_an_odd_spelling() -> None:
    guard = Guard(Allowed(everything=True))
    guard.url("http://127.0.0.1:9000/")
    guard.url("http://localhost:9000/")
    for url in ("file:///etc/passwd", "http://a:b@127.0.0.1/", "http://2130706433/"):
        with pytest.raises(Refused):
            guard.url(url)


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0.1/8", "https://hooks.internal", "a b", "2130706433", "*"])
def test_an_entry_that_is_neither_network_nor_host_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither a network"):
        read_allowed(f"192.168.0.0/16, {entry}")
