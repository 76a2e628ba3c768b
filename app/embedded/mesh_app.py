"""Serves the MESH sandbox with mailboxes of our choice: `python -m app.embedded.mesh_app LISTENING_DESCRIPTOR`."""

import sys
from functools import lru_cache

import uvicorn
from mesh_sandbox.api import app
from mesh_sandbox.common.messaging import Messaging
from mesh_sandbox.dependencies import get_env_config, get_logger, get_messaging
from mesh_sandbox.store.file_store import FileStore


class OwnMailboxes(FileStore):  # type: ignore[misc]  # the sandbox publishes no types
    """Reads mailboxes and workflows beside the messages; the sandbox itself only reads those in its own package."""

    def initialise(self) -> None:
        self._canned_data_dir = self._mailboxes_data_dir
        super().initialise()


@lru_cache
def _own_messaging() -> Messaging:
    return Messaging(store=OwnMailboxes(get_env_config(), get_logger()))


if __name__ == "__main__":
    app.dependency_overrides[get_messaging] = _own_messaging
    uvicorn.run(app, fd=int(sys.argv[1]), log_level="warning", access_log=False)
