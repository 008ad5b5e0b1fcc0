"""What deleting and taking back are as errands."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from gateway.errands.service import Act, Acts
from gateway.removal.schemas import ControlNetAnswer, DeletedModel, ModelFileAnswer
from gateway.removal.service import FileKind, RemovalService

DELETE_MODEL, RESTORE_MODEL = "model.delete", "model.restore"
DELETE_CONTROLNET, RESTORE_CONTROLNET = "controlnet.delete", "controlnet.restore"
DELETE_FILE, RESTORE_FILE = "file.delete", "file.restore"


def removal_acts(service: RemovalService) -> Acts:
    """Each takes what the service's method takes, and gives its answer as JSON."""

    def told(act: Act, answer: type[BaseModel]) -> Act:
        async def do(**given: Any) -> Any:
            kind = {"kind": FileKind(given["kind"])} if "kind" in given else {}
            return answer.model_validate(await act(**{**given, **kind})).model_dump(mode="json")

        return do

    return {
        DELETE_MODEL: told(service.delete, DeletedModel),
        RESTORE_MODEL: told(service.restore, DeletedModel),
        DELETE_CONTROLNET: told(service.delete_controlnet, ControlNetAnswer),
        RESTORE_CONTROLNET: told(service.restore_controlnet, ControlNetAnswer),
        DELETE_FILE: told(service.delete_file, ModelFileAnswer),
        RESTORE_FILE: told(service.restore_file, ModelFileAnswer),
    }
