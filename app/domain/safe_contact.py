"""How contact can harm: what is ticked is read out to whoever rings, writes or sends."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from app.domain.wording import worded_all

DANGER, NO_TELEPHONE, NO_LETTER = "danger", "no-telephone", "no-letter"
SAFE_CONTACT: Final = MappingProxyType(
    worded_all(
        {
            DANGER: "Contact may put them in danger: ring us first",
            NO_TELEPHONE: "Do not telephone",
            "no-voice-message": "Do not leave a voice message",
            NO_LETTER: "Do not send letters to the address",
            "not-alone": "Somebody else may answer: say only your first name",
        }
    )
)
