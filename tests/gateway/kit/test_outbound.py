from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import InvalidRequestError
from gateway.kit.addresses import AllowedPlaces
from gateway.kit.outbound import AddressRefusedError, Outbound, check_url
from tests.gateway.kit.receivers import Receiver, receiving

HERE, THERE = "127.0.0.1", "127.0.0.2"  # one that is not allowed, and one that is
KIB = 1024


@pytest.fixture
def outbound() -> Outbound:
    return Outbound(AllowedPlaces.of(THERE))


@pytest.fixture
def private() -> Iterator[Receiver]:
    with receiving(HERE) as receiver:
        yield receiver


@pytest.fixture
def allowed() -> Iterator[Receiver]:
    with receiving(THERE) as receiver:
        yield receiver


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to: the first of the list, which is used up until one is left."""
    table: dict[str, list[str]] = {}
    really = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        answers = table.get(host)
        if answers is None:
            return really(host, port, *args, **options)
        addresses = (answers.pop(0) if len(answers) > 1 else answers[0]).split()
        return [entry for address in addresses for entry in really(address, port, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


async def ask(outbound: Outbound, url: str, **options: Any) -> httpx2.Response:
    async with outbound.client(**options) as client:
        return await client.get(url)


async def test_an_allowed_address_answers(outbound, allowed):
    assert (await ask(outbound, allowed.url())).text == "ok"
    with outbound.sync_client() as client:
        assert client.get(allowed.url()).text == "ok"


@pytest.mark.parametrize("host", [HERE, "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"])
async def test_this_machine_is_refused_however_it_is_written(outbound, private, host):
    with pytest.raises(AddressRefusedError, match="not public"):
        await ask(outbound, f"http://{host}:{private.port}/")
    with pytest.raises(AddressRefusedError, match="not public"), outbound.sync_client() as client:
        client.get(f"http://{host}:{private.port}/")
    assert not private.heard


async def test_a_name_that_leads_to_a_private_address_is_refused(outbound, private, names):
    names["public.test"] = [f"8.8.8.8 {HERE}"]
    with pytest.raises(AddressRefusedError):
        await ask(outbound, f"http://public.test:{private.port}/")
    assert not private.heard


async def test_the_address_that_was_checked_is_the_one_connected_to(outbound, private, allowed, names):
    """DNS rebinding: the name leads to an allowed address when it is checked, and to a private one ever after."""
    names["rebinding.test"] = [THERE, HERE]
    url = f"http://rebinding.test:{allowed.port}/"
    assert (await ask(outbound, url)).text == "ok"
    assert len(allowed.heard) == 1
    with pytest.raises(AddressRefusedError):
        await ask(outbound, url)
    names["rebinding.test"] = [THERE, HERE]
    with outbound.sync_client() as client:
        assert client.get(url).text == "ok"
    assert not private.heard


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "http://inside.test:{port}/", "//localhost:{port}/x"])
async def test_a_redirect_to_a_private_address_is_refused(outbound, private, allowed, names, target):
    names["inside.test"] = [HERE]
    allowed.answer = lambda *_: (302, {"location": target.format(port=private.port)}, b"")
    with pytest.raises(AddressRefusedError):
        await ask(outbound, allowed.url(), follow_redirects=True)
    with pytest.raises(AddressRefusedError), outbound.sync_client(follow_redirects=True) as client:
        client.get(allowed.url())
    assert not private.heard
    assert (await ask(outbound, allowed.url())).status_code == 302, "by itself a client follows none"


async def test_a_proxy_of_the_environment_is_not_used(outbound, private, allowed, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, private.url())
    assert (await ask(outbound, allowed.url())).text == "ok"
    assert not private.heard


async def test_the_next_address_is_tried_when_one_does_not_answer(allowed, names):
    names["two.test"] = [f"127.0.0.3 {THERE}"]  # nobody listens on the first
    outbound = Outbound(AllowedPlaces.of("127.0.0.0/8"))
    assert (await ask(outbound, f"http://two.test:{allowed.port}/")).text == "ok"
    with outbound.sync_client() as client:
        assert client.get(f"http://two.test:{allowed.port}/").text == "ok"


async def test_a_certificate_is_checked_against_the_name(tmp_path, names, monkeypatch):
    context = certified("hooks.test", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
    names |= {"hooks.test": [THERE], "other.test": [THERE]}
    outbound = Outbound(AllowedPlaces.of("*.test"))
    with receiving(THERE, context) as receiver:
        assert (await ask(outbound, receiver.url(host="hooks.test", scheme="https"))).text == "ok"
        with pytest.raises(httpx2.ConnectError, match=r"(?i)certificate"):
            await ask(outbound, receiver.url(host="other.test", scheme="https"))
        assert len(receiver.heard) == 1


class TestFetch:
    async def test_what_lies_there_is_returned(self, outbound, allowed):
        allowed.answer = lambda method, path, body: (
            (302, {"location": "/b"}, b"") if path == "/a" else (200, {}, b"x" * KIB)
        )
        assert await outbound.fetch(allowed.url("/a"), "image", KIB) == b"x" * KIB

    async def test_too_much_is_refused_before_it_is_all_read(self, outbound, allowed):
        allowed.answer = lambda *_: (200, {}, b"x" * 4096 * KIB)
        with pytest.raises(InvalidRequestError, match=r"image: .* larger than the 1024 bytes"):
            await outbound.fetch(allowed.url(), "image", KIB)

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ((404, {}, b""), "status 404"),
            ((200, {"content-encoding": "gzip"}, b"\x1f\x8b"), "compressed"),
            ((302, {"location": "/again"}, b""), "TooManyRedirects"),
            ((302, {"location": "file:///etc/passwd"}, b""), "UnsupportedProtocol"),
        ],
    )
    async def test_what_cannot_be_had_is_told(self, outbound, allowed, answer, reason):
        allowed.answer = lambda *_: answer
        with pytest.raises(InvalidRequestError, match=reason) as caught:
            await outbound.fetch(allowed.url(), "image", KIB)
        assert caught.value.field == "image"

    async def test_a_private_address_and_nobody_are_told(self, outbound, private):
        with pytest.raises(InvalidRequestError, match=r"not public.*AVILA_OUTBOUND_ALLOW"):
            await outbound.fetch(private.url(), "image", KIB)
        with pytest.raises(InvalidRequestError, match="does not answer"):
            await outbound.fetch(f"http://{THERE}:9/", "image", KIB)


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "/path", "http://", "http://user:secret@a.example/", "javascript:x", "http://a\x00b/", ""],
)
def test_an_address_of_another_kind_is_refused_and_no_secret_repeated(url: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"image: .* expected an http or https address") as caught:
        check_url(url, "image")
    assert "secret" not in str(caught.value)


def test_a_long_address_is_refused_and_a_query_is_not_repeated() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_url(f"https://a.example/?token={'s' * 2100}", "image")
    assert "token" not in str(caught.value)


def certified(name: str, folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate of its own for `name`; who trusts `chain.pem` trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "chain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context
