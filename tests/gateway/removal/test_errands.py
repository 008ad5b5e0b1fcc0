"""Who deletes: the installer, in the name of who asked; and the gateway itself where nothing is installed."""

from __future__ import annotations

import pytest

from gateway.auth.service import KeyWish
from gateway.auth.subject import Scope
from gateway.errands import service
from tests.gateway.installation import install_toy

URL = "/v1/admin/models/toy"


@pytest.fixture
async def admin(gateway):
    key, text = await gateway.keys.create(KeyWish("admin", scopes=frozenset(Scope)))
    async with gateway.client(text) as client:
        yield key.id, client


async def test_the_audit_log_says_who_asked(settings, admin, installer):
    install_toy(settings.model_repository)
    key_id, client = admin
    answer = await client.delete(URL, headers={"x-request-id": "mine"})
    assert answer.status_code == 200, answer.text
    (act,) = (await client.get("/v1/audit", params={"action": "model.delete"})).json()["results"]
    assert (act["target"], act["key_id"], act["request_id"]) == ("toy", key_id, "mine")
    assert act["address"] == "127.0.0.1"


async def test_without_an_installer_nothing_is_deleted(settings, admin, monkeypatch):
    monkeypatch.setattr(service, "BEGIN_S", 0.3)
    install_toy(settings.model_repository)
    answer = await admin[1].delete(URL)
    assert answer.status_code == 503
    assert "no installer is running" in answer.json()["detail"]
    assert (settings.model_repository / "toy").is_dir()


class TestWhereNothingIsInstalled:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"install_models": False})

    async def test_the_gateway_deletes_by_itself(self, settings, admin):
        install_toy(settings.model_repository)
        assert (await admin[1].delete(URL)).status_code == 200
        assert not (settings.model_repository / "toy").exists()
        assert (await admin[1].post(f"{URL}/restore")).status_code == 200

    async def test_where_it_may_not_write_it_says_so(self, settings, admin, monkeypatch):
        install_toy(settings.model_repository)

        def refused(*_given, **_options):
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr("gateway.removal.trash.os.open", refused)
        answer = await admin[1].delete(URL)
        assert answer.status_code == 409
        assert "may not be changed here: Read-only file system" in answer.json()["detail"]
