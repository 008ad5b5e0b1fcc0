import pytest

pytest.importorskip("transformers", reason="training needs the export extra; the shipped tokenizer has its own test")

from training import tokenizer

WORDS = ["a red apple", "a green apple", "red heart", "coração verde", "noto style"] * 20


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    vocabulary, merges = tokenizer.learn(iter(WORDS), 540)
    tokenizer.write(folder / "tokenizer", vocabulary, merges, 12)
    return vocabulary, tokenizer.load(folder, 12)


def test_the_vocabulary_has_exactly_the_size_asked_for_in_clips_layout(learned):
    vocabulary, loaded = learned
    assert len(vocabulary) == len(set(vocabulary)) == len(loaded) == 540
    assert vocabulary[256:512] == [letter + "</w>" for letter in vocabulary[:256]]
    assert (loaded.bos_token_id, loaded.eos_token_id) == (538, 539)


def test_learning_is_deterministic():
    assert tokenizer.learn(iter(WORDS), 530) == tokenizer.learn(iter(WORDS), 530)


def test_too_few_words_are_an_error():
    with pytest.raises(ValueError, match=r"tokenizer\.size asks for 4000"):
        tokenizer.learn(iter(["red"] * 5), 4000)


def test_prompts_are_padded_and_cut_to_the_models_length(learned):
    _, loaded = learned
    for text in ("red", "red " * 50):
        ids = loaded(text, padding="max_length", truncation=True).input_ids
        assert len(ids) == 12
        assert (ids[0], ids[-1]) == (538, 539)


@pytest.mark.parametrize("text", ["a red apple", "coração verde", "ünïcode 漢字 🍎"])
def test_any_text_survives(learned, text):
    _, loaded = learned
    assert loaded.decode(loaded(text).input_ids, skip_special_tokens=True).strip() == text
