"""How a text encoder sees a prompt: its tokens, and where a new chunk begins."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diffusion.embeddings import EmbeddingTokenizer
from diffusion.pipeline import PipelineSpec
from diffusion.prompt.chunks import Chunker
from diffusion.prompt.emphasis import Emphasis, read_emphasis
from diffusion.prompt.plan import make_plan
from diffusion.tokenizer import Tokenizer
from gateway.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class ReadText:
    """One text of a prompt, as it is after the grammar is read.

    Attributes:
        field: the prompt it is from.
        tokens: of each chunk, without begin, end and padding.
        marks: for each chunk but the first, the place in `text` where it begins.
    """

    field: str
    text: str
    tokens: tuple[int, ...]
    marks: tuple[int, ...]


def read_texts(
    spec: PipelineSpec, tokenizer: EmbeddingTokenizer, prompts: tuple[str, str], steps: int, emphasis: Emphasis
) -> Sequence[ReadText]:
    """Every different text of both prompts over the steps.

    Raises:
        InvalidFieldError: see `diffusion.prompt.plan.make_plan`.
        EmbeddingError: a prompt names a file that cannot be used.
    """
    chunker = Chunker(tokenizer, spec.text)
    plan = make_plan(*prompts, steps)
    found = []
    for field, text in zip(plan.fields, plan.texts, strict=True):
        pieces = read_emphasis(text, emphasis).pieces
        lengths = chunker.passage(pieces).lengths
        starts, plain = [], ""
        for piece in pieces:
            starts += [len(plain) + start for start in tokenizer.starts(piece.text)]
            plain += piece.text
        starts.append(len(plain))
        marks = tuple(starts[sum(lengths[:chunk])] for chunk in range(1, len(lengths)))
        found.append(ReadText(field, plain, lengths, marks))
    return found


def tokenizer_of(spec: PipelineSpec, repository: Path, embeddings: Sequence[Path]) -> EmbeddingTokenizer:
    """The pipeline's tokenizer.

    Raises:
        UnavailableError: it is not on this machine.
    """
    path = repository / spec.name / "1" / "tokenizer.json"
    if not path.is_file():
        raise UnavailableError(f"the tokenizer of {spec.name} is not on this machine", retry_after_s=60)
    return EmbeddingTokenizer(_tokenizer(path, path.stat().st_mtime_ns), embeddings, spec.text)


@functools.lru_cache(maxsize=16)
def _tokenizer(path: Path, _changed_at: int) -> Tokenizer:
    return Tokenizer(path)
