"""What a checkpoint says of its licence, and the order in which an installation becomes visible."""

from __future__ import annotations

import pytest

from export.manifest import Manifest
from export.origin import licence_of
from export.transaction import prepare_state, transaction


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("---\nlicense: mit\ntags: [a]\n---\n# Text\nlicense: no", "mit"),
        ('---\nlicense: other\nlicense_name: "sai-nc"\n---\n', "sai-nc"),
        ("# license: mit", ""),
        (None, ""),
    ],
)
def test_the_head_of_the_card_tells(tmp_path, card, found):
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert licence_of(tmp_path, {}) == found
    assert licence_of(tmp_path, {"licence": "openrail"}) == "openrail"


def test_a_manifest_of_before_is_read(tmp_path):
    path = tmp_path / "manifest.json"
    Manifest("k", "toy", "from", {}, {}, {}).write(path)
    text = path.read_text().replace('"licence": "",', "").replace('"origin": {},', "")
    assert "licence" not in text
    path.write_text(text)
    found = Manifest.read(path)
    assert found is not None
    assert (found.key, found.licence, found.origin) == ("k", "", {})


def test_the_description_is_moved_last(tmp_path, monkeypatch):
    repository = tmp_path / "models"
    prepare_state(repository)
    moved = []
    monkeypatch.setattr("export.transaction._roll_forward", lambda _, folder: moved.append(folder))
    with transaction(repository) as staged:
        for name in ("toy/1/pipeline.json", "toy/config.pbtxt", "toy__unet/1/model.onnx", "toy/1/tokenizer.json"):
            staged.path(name).write_text("")
        staged.commit()
        import json

        order = json.loads((moved[0] / "commit.json").read_text())["moved"]
    assert order[0] == "toy__unet/1/model.onnx"
    assert order[-1] == "toy/1/pipeline.json"
