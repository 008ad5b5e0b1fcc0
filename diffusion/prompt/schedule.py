"""Texts that change from step to step: `[from:to:when]`, `[to:when]`, `[from::when]`, `[a|b|…]`, nested at will.

`when` with a decimal point is a fraction of the steps, else a number of steps: the change comes after that many.
`[a|b]` takes turns, `a` at the first step. Brackets of weights stay in the text, for `emphasis`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_SIGN = re.compile(r"\\.|[\[\]():|]|[^\\\[\]():|]+|\\", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*")


@dataclass(frozen=True, slots=True)
class Change:
    """`before` up to and with step `after_step` (or that fraction of the steps), then `following`."""

    before: tuple[Node, ...]
    following: tuple[Node, ...]
    after_step: float
    is_fraction: bool

    def at(self, step: int, steps: int) -> tuple[Node, ...]:
        """What stands here at `step` (from 1) of `steps`."""
        last = int(min(self.after_step * (steps if self.is_fraction else 1), steps))
        return self.before if step <= last else self.following


@dataclass(frozen=True, slots=True)
class Turns:
    """One of `options` after the other, step by step."""

    options: tuple[tuple[Node, ...], ...]

    def at(self, step: int, steps: int) -> tuple[Node, ...]:
        """What stands here at `step` (from 1)."""
        return self.options[(step - 1) % len(self.options)]


Node = str | Change | Turns


def texts_by_step(text: str, steps: int) -> list[str]:
    """The text at each of `steps` steps."""
    nodes = _parse(text)
    if all(isinstance(node, str) for node in nodes):
        return [text] * steps
    return ["".join(_rendered(nodes, step, steps)) for step in range(1, steps + 1)]


def no_schedules(text: str) -> list[str]:
    """What stands in square brackets with colons or bars and yet is no schedule."""
    mistakes: list[str] = []
    _parse(text, mistakes.append)
    return mistakes


def _rendered(nodes: Sequence[Node], step: int, steps: int) -> Iterator[str]:
    stack: list[Iterator[Node]] = [iter(nodes)]  # not recursion: people's brackets nest as deep as their text is long
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif isinstance(node, str):
            yield node
        else:
            stack.append(iter(node.at(step, steps)))


@dataclass(slots=True)
class _Bracket:
    """A bracket that is still open, with what it holds so far: parts between separators."""

    opening: str
    parts: list[list[Node]] = field(default_factory=lambda: [[]])
    separators: list[str] = field(default_factory=list)

    def add(self, nodes: Iterable[Node]) -> None:
        self.parts[-1].extend(nodes)

    def separate(self, sign: str) -> None:
        if self.opening == "[":
            self.separators.append(sign)
            self.parts.append([])
        else:
            self.add([sign])

    def as_text(self) -> list[Node]:
        """Everything as it was written, without a closing sign."""
        nodes: list[Node] = [self.opening, *self.parts[0]]
        for separator, part in zip(self.separators, self.parts[1:], strict=True):
            nodes += [separator, *part]
        return nodes

    def closed(self) -> list[Node]:
        """A schedule if it has the form of one, else the text in its brackets."""
        kinds = set(self.separators)
        if kinds == {"|"}:
            return [Turns(tuple(tuple(part) for part in self.parts))]
        change = self._change() if kinds == {":"} and len(self.separators) <= 2 else None
        return [change] if change else [*self.as_text(), ")" if self.opening == "(" else "]"]

    def _change(self) -> Change | None:
        last = self.parts[-1]
        number = _NUMBER.fullmatch("".join(last)) if all(isinstance(node, str) for node in last) else None  # type: ignore[arg-type]
        if number is None:
            return None
        before = self.parts[0] if len(self.parts) == 3 else []
        return Change(tuple(before), tuple(self.parts[-2]), float(number[1]), "." in number[1])


def _parse(text: str, on_mistake: Callable[[str], None] = lambda _: None) -> list[Node]:
    stack = [_Bracket("")]
    for sign in _SIGN.findall(text):
        if sign in ("(", "["):
            stack.append(_Bracket(sign))
        elif sign in (")", "]"):
            _close(stack, sign, on_mistake)
        elif sign in (":", "|"):
            stack[-1].separate(sign)
        else:
            stack[-1].add([sign])
    _give_up(stack)
    return stack[0].parts[0]


def _close(stack: list[_Bracket], sign: str, on_mistake: Callable[[str], None]) -> None:
    if stack[-1].opening == {")": "(", "]": "["}[sign]:
        bracket = stack.pop()
        nodes = bracket.closed()
        stack[-1].add(nodes)
        if bracket.separators and isinstance(nodes[0], str):
            on_mistake("".join(node for node in nodes if isinstance(node, str)))
    else:
        _give_up(stack)
        stack[0].add([sign])


def _give_up(stack: list[_Bracket]) -> None:
    """What is open cannot be matched any more: it is text, and the schedules in it stay."""
    for bracket in stack[1:]:
        stack[0].add(bracket.as_text())
    del stack[1:]
