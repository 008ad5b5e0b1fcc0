import pytest

from training import config

TEXT = config.DEFAULT.read_text()


def load(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return config.load(path)


def test_the_shipped_configuration_loads():
    assert config.load().tokenizer.tokens == 24


def test_the_environment_moves_the_work_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("AVILA_TRAINING_DIR", str(tmp_path))
    assert config.load().work_dir == tmp_path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("noise_power", "noise_powr", "unknown key unet.noise_powr"),
        ("rank = 4", "", "missing key lora.rank"),
        ("rank = 4", 'rank = "4"', "lora.rank must be int"),
        ("seed = 7", "seed = true", "seed must be int"),
    ],
)
def test_a_wrong_key_is_named(tmp_path, old, new, message):
    assert old in TEXT
    with pytest.raises(config.ConfigError, match=message):
        load(tmp_path, TEXT.replace(old, new, 1))
