"""What the page takes from this side is what it was built from."""

from __future__ import annotations

import pytest

from tests.web import description


@pytest.mark.parametrize(
    ("committed", "current"),
    [(description.OPENAPI, description.openapi), (description.SAMPLERS, description.samplers)],
    ids=["openapi", "samplers"],
)
def test_the_page_was_built_from_what_the_gateway_says_today(committed, current):
    assert committed.read_text(encoding="utf-8") == current(), (
        f"{committed.name} is out of date: run `python -m tests.web.description`, then `npm run schema` in web/"
    )
