import pytest

from streams.ports.addresses import is_public, listed, literal

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.8",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "198.18.0.1",
    "168.63.129.16",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.1.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "192.0.2.1",
    "2001:0:7f00:1::",
]
OUTSIDE = ["8.8.8.8", "114.114.114.114", "2400:3200::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "172.32.0.1", "11.0.0.1"]


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "yes"),
    [
        ("a.city.gov.cn", True),
        ("A.City.Gov.Cn.", True),
        ("city.gov.cn", False),
        ("evilcity.gov.cn", False),
        ("oa.example.cn", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("127.0.0.2", False),
    ],
)
def test_lists_name_hosts_whole_or_by_suffix(host: str, yes: bool) -> None:
    assert listed(host, (".city.gov.cn", "oa.example.cn", "127.0.0.1", "::1")) is yes


def test_literals() -> None:
    assert (literal("[::1]"), literal("10.0.0.1"), literal("example.cn"), literal("2130706433")) == (
        "::1",
        "10.0.0.1",
        None,
        None,
    )
