"""The tools that language models call (Model Context Protocol), spoken at `/mcp` over streamable HTTP.

Each call is a request of its own, with the caller's key: no session is kept, so any gateway answers any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ContentBlock
from pydantic import Field, ValidationError
from starlette.types import Receive, Scope, Send

from diffusion.errors import DiffusionError
from gateway import VERSION
from gateway.auth.subject import Subject
from gateway.error_handlers import explained
from gateway.errors import GatewayError
from gateway.jobs.schemas import JobBody, JobInput
from gateway.mcp import tools

T = TypeVar("T")
INSTRUCTIONS = (
    "Makes pictures with the models of this installation. generate_image and edit_image wait for the pictures and "
    "return them; when that takes too long they return the job, which get_job looks at later. Pictures that were made "
    "are named by their ids (img_…) in edit_image."
)
Prompt = Annotated[str, Field(description="what is to be seen, best in English", max_length=32_000)]
Model = Annotated[str | None, Field(description="an id of list_models; without it, the default one")]
Count = Annotated[int, Field(description="how many pictures", ge=1, le=10)]
Seed = Annotated[int | None, Field(description="the same seed makes the same picture again")]
Steps = Annotated[int | None, Field(description="more steps take longer and look finer; without it, the model's own")]
Negative = Annotated[str | None, Field(description="what is not to be seen")]


class McpFace:
    """The server. `run` keeps it going; `handle` answers a request whose caller is known already."""

    def __init__(self, max_body_bytes: int) -> None:
        self._server = MCPServer("avila-diffusion", "Avila Diffusion", instructions=INSTRUCTIONS, version=VERSION)
        _register(self._server)
        # a page of another site has no key, and what its browser sends with a cookie is refused before it comes here
        trusting = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._server.streamable_http_app(
            stateless_http=True, max_request_body_size=max_body_bytes, transport_security=trusting
        )
        self._is_up = asyncio.Event()

    async def run(self) -> None:
        """For ever; run as a task, which opens and closes what the library needs in one and the same task."""
        async with self._server.session_manager.run():
            self._is_up.set()
            await asyncio.Event().wait()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._is_up.wait()
        await self._server.session_manager.handle_request(scope, receive, send)


def _register(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    async def generate_image(  # noqa: PLR0913 - its parameters are the tool's
        context: Context[Any, Any],
        prompt: Prompt,
        model: Model = None,
        negative_prompt: Negative = None,
        width: Annotated[int | None, Field(description="pixels; see the model's bounds")] = None,
        height: Annotated[int | None, Field(description="pixels; see the model's bounds")] = None,
        num_images: Count = 1,
        seed: Seed = None,
        num_inference_steps: Steps = None,
    ) -> list[ContentBlock]:
        """Make pictures of a prompt."""
        given = _given(locals(), "prompt negative_prompt width height num_images seed num_inference_steps")
        return await _made(context, model, given)

    @server.tool(structured_output=False)
    async def edit_image(  # noqa: PLR0913 - its parameters are the tool's
        context: Context[Any, Any],
        prompt: Prompt,
        image: Annotated[
            str, Field(description="the id of a picture made here, of an upload, an https address, or a data URL")
        ],
        mask: Annotated[str | None, Field(description="where to paint, in white; named like the image")] = None,
        strength: Annotated[float | None, Field(description="how much is made anew", ge=0, le=1)] = None,
        model: Model = None,
        negative_prompt: Negative = None,
        num_images: Count = 1,
        seed: Seed = None,
        num_inference_steps: Steps = None,
    ) -> list[ContentBlock]:
        """Make pictures that start from a picture, or paint a part of it anew."""
        given = _given(locals(), "prompt image mask strength negative_prompt num_images seed num_inference_steps")
        return await _made(context, model, given)

    @server.tool(structured_output=False)
    async def list_models(context: Context[Any, Any]) -> list[ContentBlock]:
        """The installed models, what each can do, and its bounds."""
        return await _told(lambda: tools.models(_request(context)))

    @server.tool(structured_output=False)
    async def get_job(
        context: Context[Any, Any], job_id: Annotated[str, Field(description="job_…", max_length=60)]
    ) -> list[ContentBlock]:
        """How far a job is, and its pictures once they are made."""
        return await _told(lambda: tools.job(_request(context), _caller(context), job_id))


async def _made(context: Context[Any, Any], model: str | None, given: dict[str, Any]) -> list[ContentBlock]:
    async def work() -> list[ContentBlock]:
        body = JobBody(model=model, input=JobInput.model_validate(given))
        return await tools.make(_request(context), _caller(context), body, context.report_progress)

    return await _told(work)


async def _told(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns; what is wrong is told to the model in words, as a result that it can act on."""
    try:
        return await work()
    except ValidationError as error:
        raise ToolError(explained(RequestValidationError(_located(error))).message) from None
    except GatewayError as error:
        raise ToolError(error.message) from None
    except DiffusionError as error:
        raise ToolError(str(error)) from None


def _located(error: ValidationError) -> list[Any]:
    return [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors(include_url=False)]


def _given(values: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: values[name] for name in names.split() if values[name] is not None}


def _request(context: Context[Any, Any]) -> Request:
    return cast(Request, context.request_context.request)


def _caller(context: Context[Any, Any]) -> Subject:
    return cast(Subject, _request(context).state.caller)
