"""The catalogue in an endpoint's signature."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from gateway.models.service import Catalogue


def _catalogue(request: Request) -> Catalogue:
    return cast(Catalogue, request.state.catalogue)


Models = Annotated[Catalogue, Depends(_catalogue)]
