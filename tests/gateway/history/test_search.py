from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InvalidRequestError
from gateway.history.repository import HistoryRepository
from gateway.history.search import Condition, parse
from tests.gateway.history.factories import add_pictures
from tests.gateway.jobs.factories import accepted, make_service

PICTURES = [
    {"prompt": "a red apple on a table", "num_inference_steps": 30, "seed": 5},
    {"prompt": "Ein Äpfel, <lora:foo:0.8>", "num_inference_steps": 10, "seed": 6},
    {"prompt": "an apple that is red", "model": "other", "seed": 7},
    {"prompt": "a pear", "created_at": datetime(2025, 6, 1, 12, tzinfo=UTC), "width": 128, "sampler": "ddim"},
    {"prompt": "", "guidance": 1.0, "seed": 2**32 - 1},
]


async def found(database, line: str, owner: str = "ann") -> list[str]:
    async with database.reading() as session:
        rows = await HistoryRepository(session).search(owner, parse(line), None, 50)
    return [row.prompt for row in rows]


@pytest.fixture
async def prompts(database) -> list[str]:
    await add_pictures(database, "ann", *PICTURES)
    await add_pictures(database, "bob", {"prompt": "a red apple of bob's"})
    return [picture["prompt"] for picture in reversed(PICTURES)]


class TestParse:
    def test_everything_at_once(self):
        search = parse('model:avila-demo steps:>20 "red apple" tag:Best -pear is:favourite size:64x128 from:2026-01-31')
        assert search.phrases == [("red", "apple")]
        assert search.without == [("pear",)]
        assert search.tags == ["best"]
        assert search.conditions == [
            Condition("model", "=", "avila-demo"),
            Condition("steps", ">", 20),
            Condition("is_favourite", "=", True),
            Condition("width", "=", 64),
            Condition("height", "=", 128),
            Condition("created_at", ">=", datetime(2026, 1, 31, tzinfo=UTC)),
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "colour:red",
            "steps:many",
            "model:>x",
            "from:yesterday",
            "size:big",
            "is:nice",
            "-steps:3",
            "x" * 501,
            "a " * 21,
        ],
    )
    def test_what_it_cannot_understand_is_said(self, line):
        with pytest.raises(InvalidRequestError) as caught:
            parse(line)
        assert caught.value.field == "query"

    @settings(deadline=None)
    @given(st.text(max_size=100))
    def test_no_line_breaks_it(self, line):
        with contextlib.suppress(InvalidRequestError):
            parse(line)


class TestMakings:
    async def test_they_tell_the_order_without_the_pictures_that_went_in(self, database):
        picture = np.zeros((64, 64, 3), np.uint8)
        order = {"image": picture, "strength": 0.5, "loras": [{"name": "ink", "weight": 0.5}]}
        job = await accepted(make_service(database), "ann", fields=order)
        assert "image" in job.input
        async with database.reading() as session:
            making = (await HistoryRepository(session).makings([job.id]))[job.id]
        assert making.input == {name: value for name, value in job.input.items() if name != "image"}
        assert making.input["sources"]["image"].startswith("sha256:")
        assert making.input["loras"] == [{"name": "ink", "weight": 0.5}]
        assert making.timings == {"queued_s": None, "running_s": None}


class TestSearch:
    async def test_nothing_asked_gives_all_of_ones_own_youngest_first(self, database, prompts):
        assert await found(database, "") == prompts

    @pytest.mark.parametrize(
        ("line", "indices"),
        [
            ("apple", [0, 2]),
            ("APPLE red", [0, 2]),
            ('"red apple"', [0]),
            ("apple -table", [2]),
            ("-apple", [1, 3, 4]),
            ("prompt:foo", [1]),
            ("lora:foo", [1]),
            ("steps:>20", [0]),
            ("steps:>=10 steps:<=10", [1]),
            ("steps:10", [1]),
            ("model:other", [2]),
            ("seed:7", [2]),
            ("seed:4294967295", [4]),
            ("to:2025-06-01", [3]),
            ("from:2025-06-02 apple", [0, 2]),
            ("steps:<5000000000 seed:<1e300", [0, 1, 2, 3, 4]),
            ("seed:99999999999999999999", []),
            ("steps:30.5", []),
            ("steps:nan", []),
            ("seed:<inf", [0, 1, 2, 3, 4]),
            ("size:128x64", [3]),
            ("guidance:1", [4]),
            ("nothing", []),
            ("apple model:other seed:5", []),
            ("format:png", [0, 1, 2, 3, 4]),
        ],
    )
    async def test_words_and_parameters(self, database, prompts, line, indices):
        assert await found(database, line) == [PICTURES[i]["prompt"] for i in reversed(indices)]

    @pytest.mark.parametrize(
        "line", ['"', "a* OR b", "owner : bob", "NEAR(a b)", "'; DROP TABLE images", "\\", "%_", "a:b:c"]
    )
    async def test_no_query_language_shows_through(self, database, prompts, line):
        try:
            results = await found(database, line)
        except InvalidRequestError:
            return
        assert "a red apple of bob's" not in results
        assert await found(database, "") == prompts


@settings(deadline=None)
@given(line=st.text(alphabet="abc\"*:()-^{}+~\\%' ORANDNOT", max_size=40))
def test_fts5_accepts_every_line(line):
    """Against SQLite's own parser, without a server: a line either is refused by us or is valid for it."""
    import sqlite3

    from gateway.history.repository import _with_fts5

    try:
        search = parse(line)
    except InvalidRequestError:
        return
    from sqlalchemy import select

    from gateway.storage.tables import ImageRow

    statement = _with_fts5(select(ImageRow), "ann", search)
    bound = statement.compile().params.get("match")
    if bound is not None:
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(owner, words)")
        connection.execute("SELECT rowid FROM t WHERE t MATCH ?", (bound,)).fetchall()
        connection.close()
