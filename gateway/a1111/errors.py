"""AUTOMATIC1111's error object: `{error, detail, body, errors}`."""

from __future__ import annotations

from typing import Any

from gateway.errors import AuthenticationError, GatewayError

FIELDS = {
    "num_inference_steps": "steps",
    "guidance_scale": "cfg_scale",
    "num_images": "batch_size × n_iter",
    "sampler": "sampler_name",
    "schedule": "scheduler",
    "model": "sd_model_checkpoint",
}
"""Our names of fields that are called otherwise here."""

PATHS = ("/sdapi", "/internal", "/controlnet")


def error_object(error: GatewayError) -> dict[str, Any]:
    """The error in AUTOMATIC1111's form."""
    message = error.message
    if error.field in FIELDS and message.startswith(f"{error.field}:"):
        message = FIELDS[error.field] + message.removeprefix(error.field)
    return {"error": error.code, "detail": message, "body": "", "errors": message}


def headers_of(error: GatewayError) -> dict[str, str]:
    """Its headers; these clients know Basic authentication only."""
    if isinstance(error, AuthenticationError):
        return {**error.headers, "www-authenticate": 'Basic realm="avila"'}
    return error.headers
