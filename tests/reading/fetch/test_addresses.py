"""The policy on network addresses: what a server may lead to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch.addresses import Policy, literal, reach

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]
PRIVATE = [
    *("127.0.0.1", "127.255.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.255"),
    *("::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:a00:1", "64:ff9b::7f00:1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::c0a8:101", "::127.0.0.1", "64:ff9b:1::1", "::ffff:100.64.0.1"),
]
NEVER = [
    *("169.254.169.254", "169.254.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1"),  # noqa: S104
    *("::", "fe80::1", "fe80::1%eth0", "ff02::1", "fec0::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("::ffff:0.0.0.0", "168.63.129.16", "192.0.0.192", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]


@pytest.mark.parametrize(
    ("address", "expected"),
    [*((a, "public") for a in PUBLIC), *((a, "private") for a in PRIVATE), *((a, "never") for a in NEVER)],
)
def test_what_an_address_reaches(address: str, expected: str) -> None:
    assert reach(address) == expected


@given(st.ip_addresses())
def test_only_what_is_global_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if reach(str(address)) == "public":
        embedded = ipaddress.ip_address(int(address) & 0xFFFF_FFFF) if int(address) >> 96 == 0x64FF9B else address
        assert embedded.is_global or getattr(address, "ipv4_mapped", None) is not None or int(address) >> 48 == 0
        assert not address.is_multicast


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::ffff:0:{}"]))
def test_an_ipv6_address_that_stands_for_an_ipv4_address_is_what_that_is(
    address: ipaddress.IPv4Address, form: str
) -> None:
    assert reach(form.format(address)) == reach(str(address))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "0177.0.0.1", "1.2.3.4.5", "a.1"])
def test_numbers_that_some_systems_take_for_an_address(host: str) -> None:
    with pytest.raises(UnreadableError, match="no proper IPv4 address"):
        literal(host)


@pytest.mark.parametrize("host", ["localhost", "a.test", "1password.test", "0xab.test", "a.0xag", "my_host"])
def test_names_are_no_addresses(host: str) -> None:
    assert literal(host) is None


@pytest.mark.parametrize(
    ("named", "port", "lookups"),
    [
        ("logs.test", 80, [["8.8.8.8"], ["8.8.8.8", "10.0.0.1"]]),
        ("localhost", 8000, [["127.0.0.1", "::1"]] * 2),
        ("wiki.corp", 80, [["10.1.1.1"], ["10.1.1.2"], ["8.8.8.8"]]),
        ("127.0.0.1", 8000, [["127.0.0.1"]]),
        ("0.0.0.0", 8000, [["0.0.0.0"]]),  # noqa: S104
        ("169.254.169.254", 80, [["169.254.169.254"]]),
    ],
)
def test_what_the_user_named_may_be_anywhere(named: str, port: int, lookups: list[list[str]]) -> None:
    policy = Policy(named, port)
    assert all(policy.admitted(named, port, addresses) for addresses in lookups)


@pytest.mark.parametrize(
    ("named", "first", "host", "port", "addresses"),
    [
        ("logs.test", ["8.8.8.8"], "logs.test", 80, ["127.0.0.1"]),  # DNS rebinding
        ("logs.test", ["8.8.8.8", "127.0.0.1"], "logs.test", 80, ["127.0.0.1"]),
        ("logs.test", ["169.254.169.254"], "logs.test", 80, ["169.254.169.254"]),  # a name, not the address itself
        ("logs.test", ["8.8.8.8"], "other.test", 80, ["10.0.0.1", "::1"]),
        ("logs.test", ["8.8.8.8"], "127.0.0.1", 80, ["127.0.0.1"]),
        ("localhost", ["127.0.0.1"], "localhost", 6379, ["127.0.0.1"]),  # another service on the same machine
        ("localhost", ["127.0.0.1"], "10.0.0.1", 80, ["10.0.0.1"]),
        ("10.0.0.1", None, "10.0.0.2", 80, ["10.0.0.2"]),
        ("10.0.0.1", None, "intern.test", 80, ["10.0.0.1"]),
    ],
)
def test_what_it_leads_to_may_not(
    named: str, first: list[str] | None, host: str, port: int, addresses: list[str]
) -> None:
    policy = Policy(named, 80)
    if first is not None and reach(first[0]) != "never":
        policy.admitted(named, 80, first)
    with pytest.raises(UnreadableError, match="in a private network"):
        policy.admitted(host, port, addresses)


def test_of_several_addresses_the_public_ones_are_kept() -> None:
    assert Policy("logs.test", 80).admitted("logs.test", 80, ["127.0.0.1", "8.8.8.8", "::1"]) == ["8.8.8.8"]
    assert Policy("localhost", 80).admitted("other.test", 443, ["8.8.8.8"]) == ["8.8.8.8"]


def test_plain_and_encrypted_standard_ports_are_one_server() -> None:
    policy = Policy("wiki.corp", 80)
    assert policy.admitted("wiki.corp", 80, ["10.0.0.1"]) == policy.admitted("wiki.corp.", 443, ["10.0.0.1"])
