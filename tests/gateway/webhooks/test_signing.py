from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.auth.signing import Signer
from gateway.storage.tables import WebhookSecretRow
from gateway.webhooks.signing import Secrets, signed_headers

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KNOWN = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # bytes 0 to 31
BODY = '{"type":"job.completed","data":{"prompt":"maçã"}}'.encode()


def test_a_signature_is_the_one_of_the_reference_library() -> None:
    """Recorded from standardwebhooks 1.1.0: `Webhook(KNOWN).sign("msg_2b", NOW, BODY)`."""
    assert signed_headers([KNOWN], "msg_2b", NOW, BODY) == {
        "webhook-id": "msg_2b",
        "webhook-timestamp": "1767323045",
        "webhook-signature": "v1,2tesKSdEz1qgO8Udd4jrrVrmHTVuTpkl0Hm5hEoLU6c=",
    }


def test_all_that_is_signed_changes_the_signature() -> None:
    others = [
        signed_headers([Secrets(Signer("x", "webhooks")).of("a", 0)], "msg_2b", NOW, BODY),
        signed_headers([KNOWN], "msg_2c", NOW, BODY),
        signed_headers([KNOWN], "msg_2b", NOW + timedelta(seconds=1), BODY),
        signed_headers([KNOWN], "msg_2b", NOW, BODY + b" "),
    ]
    signatures = {headers["webhook-signature"] for headers in others}
    assert len(signatures) == 4
    assert signed_headers([KNOWN], "msg_2b", NOW, BODY)["webhook-signature"] not in signatures


def test_every_name_generation_and_installation_has_a_secret_of_its_own() -> None:
    one, other = Secrets(Signer("one" * 20, "webhooks")), Secrets(Signer("two" * 20, "webhooks"))
    found = {secrets.of(name, count) for secrets in (one, other) for name in ("a", "b") for count in (0, 1)}
    assert len(found) == 8
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in found)


def test_after_a_rotation_both_sign_until_the_overlap_is_over() -> None:
    secrets = Secrets(Signer("one" * 20, "webhooks"))
    row = WebhookSecretRow(name="a", owner="ann", generation=3, overlap_until=NOW + timedelta(hours=1))
    assert secrets.valid("a", None, NOW) == [secrets.of("a", 0)]
    assert secrets.valid("a", row, NOW) == [secrets.of("a", 3), secrets.of("a", 2)]
    assert secrets.valid("a", row, NOW + timedelta(hours=1)) == [secrets.of("a", 3)]
    headers = signed_headers(secrets.valid("a", row, NOW), "m", NOW, b"{}")
    assert headers["webhook-signature"].split() == [
        signed_headers([secrets.of("a", count)], "m", NOW, b"{}")["webhook-signature"] for count in (3, 2)
    ]
