from __future__ import annotations

import pytest

from gateway.kit.addresses import AllowedPlaces

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
    "no address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not AllowedPlaces().permits("anything.example", address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_what_is_public_is_permitted(address: str) -> None:
    assert AllowedPlaces().permits("anything.example", address)


def test_a_network_on_the_list_is_permitted_and_its_neighbour_is_not() -> None:
    allowed = AllowedPlaces.of(" 10.1.0.0/16, fd00:1::/64 ,192.168.7.7")
    assert allowed.permits("a", "10.1.2.3")
    assert allowed.permits("a", "::ffff:10.1.2.3")
    assert allowed.permits("a", "fd00:1::5")
    assert allowed.permits("a", "192.168.7.7")
    assert not any(allowed.permits("a", other) for other in ("10.2.0.1", "fd00:2::5", "192.168.7.8", "127.0.0.1"))


def test_a_name_on_the_list_is_permitted_wherever_it_leads_and_no_other_is() -> None:
    allowed = AllowedPlaces.of("hooks.internal,*.Corp.example")
    for host in ("hooks.internal", "HOOKS.internal.", "a.corp.example", "b.a.corp.example"):
        assert allowed.permits(host, "10.0.0.1"), host
    for host in ("hooks.internal.example", "other.internal", "corp.example", "evilcorp.example"):
        assert not allowed.permits(host, "10.0.0.1"), host


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "http://hooks", "10.0.0.256", "a b", "[::1]", "hooks:80", "*"])
def test_an_entry_that_is_neither_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is not allowed") as caught:
        AllowedPlaces.of(f"fine.example,{entry}")
    assert repr(entry) in str(caught.value)
