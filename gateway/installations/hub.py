"""The Hugging Face hub, asked with its own client over our guarded connections."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx2
import huggingface_hub
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import ModelInfo, RepoSibling

from gateway.installations.errors import (
    SourceGatedError,
    SourceNotFoundError,
    SourceRefusedError,
    SourceUnreachableError,
)
from gateway.installations.offer import Licence, SourceFile
from gateway.installations.places import Place, authorization, guarded_client, ranged, unreachable
from gateway.kit.outbound import Outbound

HUB_SOURCE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w][\w./-]{0,199}))?")
TIMEOUT_S = 15.0


class Hub:
    """One hub. Its library has one client for the process, which is made ours.

    Args:
        outbound: makes the connections of the hub's own client.
        client: for the files.
        endpoint: address of the hub.
        token: that this server has there, or None.
    """

    def __init__(self, outbound: Outbound, client: httpx2.Client, endpoint: str, token: str | None) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._token = token
        huggingface_hub.set_client_factory(lambda: guarded_client(outbound))
        self._api = huggingface_hub.HfApi(endpoint=self._endpoint, token=token or False)

    def place(self, source: str) -> Place:
        """The files of a repository at one commit.

        Raises:
            SourceRefusedError: and its subclasses; it is not there, not open to us, or does not answer.
        """
        match = HUB_SOURCE.fullmatch(source)
        if match is None:
            raise SourceRefusedError(f"{source[:80]!r} is no owner/name[@revision] at the hub")
        name, revision = match["name"], match["revision"]
        info = self._info(name, revision)
        commit = str(info.sha)
        files = {file.rfilename: self._file(name, commit, file) for file in info.siblings or ()}
        client, headers = self._client, self.headers
        return Place(
            name=name.partition("/")[2],
            source=f"{name}@{commit}",
            files=files,
            read=lambda file, start, length: ranged(client, str(file.url), start, length, headers),
            licence=_licence(info),
        )

    @property
    def headers(self) -> Mapping[str, str]:
        """What proves to the hub who we are; dropped by the client where the hub leads elsewhere."""
        return authorization(self._token)

    def _info(self, name: str, revision: str | None) -> ModelInfo:
        try:
            return self._api.model_info(name, revision=revision, files_metadata=True, timeout=TIMEOUT_S)
        except GatedRepoError:
            raise SourceGatedError(
                f"{name} is gated: accept its terms at the hub with the account whose token is set as AVILA_HUB_TOKEN"
            ) from None
        except RevisionNotFoundError:
            raise SourceNotFoundError(f"{name} has no revision {revision!r}") from None
        except (RepositoryNotFoundError, EntryNotFoundError):
            raise SourceNotFoundError(
                f"{name} is not at the hub, or is private and AVILA_HUB_TOKEN may not see it"
            ) from None
        except HFValidationError as error:
            raise SourceRefusedError(str(error)[:200]) from None
        except HfHubHTTPError as error:
            raise SourceUnreachableError(f"the hub answered with status {error.response.status_code}") from None
        except httpx2.HTTPError as error:
            raise unreachable(self._endpoint, error) from None
        except (ValueError, TypeError, KeyError) as error:
            raise SourceUnreachableError(
                f"the hub's answer about {name} is malformed ({type(error).__name__})"
            ) from None

    def _file(self, name: str, commit: str, file: RepoSibling) -> SourceFile:
        if file.lfs is not None:
            return SourceFile(file.rfilename, file.lfs.size, url=self._url(name, commit, file), sha256=file.lfs.sha256)
        return SourceFile(
            file.rfilename, file.size or 0, url=self._url(name, commit, file), git_sha1=file.blob_id or None
        )

    def _url(self, name: str, commit: str, file: RepoSibling) -> str:
        return huggingface_hub.hf_hub_url(name, file.rfilename, revision=commit, endpoint=self._endpoint)


def _licence(info: ModelInfo) -> Licence:
    card = info.card_data
    told: dict[str, object] = {} if card is None else dict(vars(card))
    found = told.get("license")
    tagged = next((tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")), None)
    return Licence(
        id=_text(found[0] if isinstance(found, list) and found else found) or tagged,
        name=_text(told.get("license_name")),
        link=_text(told.get("license_link")),
    )


def _text(value: object) -> str | None:
    return value[:500] if isinstance(value, str) and value else None
