"""Languages by their names, for systems that write a language in words and send no code."""

from __future__ import annotations

from typing import Final

# BCP 47, as UKCore-HumanLanguage has them; names of England's census of 2021 and those in daily use
_CODES: Final = {
    "albanian": "sq", "arabic": "ar", "bengali": "bn", "bangla": "bn", "british sign language": "bfi",
    "british sign language (bsl)": "bfi", "bsl": "bfi", "bulgarian": "bg", "cantonese": "yue", "chinese": "zh",
    "english": "en", "farsi": "fa", "french": "fr", "german": "de", "greek": "el", "gujarati": "gu", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "italian": "it", "kurdish": "ku", "lithuanian": "lt", "makaton": "q5",
    "mandarin": "zh", "nepali": "ne", "pashto": "ps", "persian": "fa", "polish": "pl", "portuguese": "pt",
    "punjabi": "pa", "panjabi": "pa", "romanian": "ro", "russian": "ru", "somali": "so", "spanish": "es",
    "sylheti": "syl", "tamil": "ta", "tigrinya": "ti", "turkish": "tr", "twi": "tw", "ukrainian": "uk", "urdu": "ur",
    "vietnamese": "vi", "welsh": "cy", "yiddish": "yi", "yoruba": "yo",
}  # fmt: skip


def find_code(words: str) -> str | None:
    """Return the code of a language by its English name, None for a name that is not known here."""
    return _CODES.get(" ".join(words.lower().split()))
