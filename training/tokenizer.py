"""Stage 3: a byte-level BPE in CLIP's layout, learned from emojibase's words in five languages.

Layout of the ids, as in CLIP: 256 bytes, 256 bytes that end a word, merges, <|startoftext|>, <|endoftext|>.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from training import captions, config, data, loop, sources

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
SPLIT = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def corpus(modules: Path, cfg: config.Config) -> Iterator[str]:
    """All words a prompt may be made of; frequent ones repeated so that they get a token of their own."""
    for entry in sources.read_entries(modules).values():
        yield from (
            [entry.label] * 6 + [" ".join(entry.tags)] * 3 + [w for words in entry.translations for w in words[:1]]
        )
    concepts = data.read_concepts(cfg.root / cfg.data.concepts)
    for label, aliases in concepts.aliases.items():
        yield from [label, *aliases] * 12
    for colour in concepts.hues:
        yield from [f"{colour} {noun}" for noun in concepts.recoloured.values()]
    yield from [f"{style} style" for style in (*cfg.data.base_sets, *cfg.data.other_sets)] * 50
    yield from [s.format(a="a", n="the") for s in captions.SENTENCES] * 50
    yield from ["and with in on big small without photo white grey brown background"] * 30


def learn(texts: Iterator[str], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """(vocabulary in id order, merges) of exactly `size` tokens."""
    bpe = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=WORD_END, unk_token=END))
    bpe.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        initial_alphabet=letters,
        end_of_word_suffix=WORD_END,
        special_tokens=[],
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    raw = json.loads(bpe.to_str())["model"]["merges"]
    vocabulary = letters + [letter + WORD_END for letter in letters]
    known, kept = set(vocabulary), []
    for left, right in (m if isinstance(m, list) else m.split(" ") for m in raw):
        if len(vocabulary) == size - 2:
            break
        if left in known and right in known:
            kept.append((left, right))
            if left + right not in known:
                known.add(left + right)
                vocabulary.append(left + right)
    if len(vocabulary) != size - 2:
        raise ValueError(f"the words give only {len(vocabulary) + 2} tokens, tokenizer.size asks for {size}")
    return [*vocabulary, START, END], kept


def write(folder: Path, vocabulary: list[str], merges: list[tuple[str, str]], tokens: int) -> None:
    """Write the files of a stock CLIPTokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = {token: i for i, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False))
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2))
    settings = special | {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": tokens,
        "do_lower_case": True,
        "add_prefix_space": False,
        "errors": "replace",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))


def load(work_dir: Path, tokens: int) -> CLIPTokenizer:
    """The learned tokenizer; prompts are padded and cut to `tokens`."""
    tokenizer = CLIPTokenizer.from_pretrained(work_dir / "tokenizer")
    tokenizer.model_max_length = tokens
    return tokenizer


def main() -> None:
    """Learn the tokenizer and write it to `<work_dir>/tokenizer`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    loop.add_start_argument(parser)
    args = parser.parse_args()
    cfg = config.load(args.config)
    if args.start_from is None:
        vocabulary, merges = learn(corpus(cfg.work_dir / "npm" / "node_modules", cfg), cfg.tokenizer.size)
        write(cfg.work_dir / "tokenizer", vocabulary, merges, cfg.tokenizer.tokens)
    else:  # trained weights belong to their own vocabulary
        shutil.copytree(args.start_from / "tokenizer", cfg.work_dir / "tokenizer", dirs_exist_ok=True)
    tokenizer = load(cfg.work_dir, cfg.tokenizer.tokens)
    print(f"{len(tokenizer)} tokens")
    for text in ("a red apple", "grinning face, noto style", "Hundegesicht", "coração verde"):
        print(text, tokenizer.tokenize(text))


if __name__ == "__main__":
    main()
