"""The names of the languages that people here speak, by their codes."""

from __future__ import annotations

from typing import Final

from app.domain.wording import worded_all

# ISO 639-1, and 639-3 where it has none.
LANGUAGE_WORDS: Final = worded_all({
    "ar": "Arabic", "bn": "Bengali", "bg": "Bulgarian", "cy": "Welsh", "en": "English", "es": "Spanish",
    "fa": "Farsi", "fr": "French", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "it": "Italian",
    "ku": "Kurdish", "lt": "Lithuanian", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "so": "Somali", "sq": "Albanian", "syl": "Sylheti", "ta": "Tamil",
    "ti": "Tigrinya", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yi": "Yiddish",
    "yue": "Cantonese", "zh": "Chinese", "bfi": "British Sign Language",
})  # fmt: skip


def language_named(code: str) -> str:
    """Return a language's name, its code where we know no name; "en-GB" is English."""
    return LANGUAGE_WORDS.get(code.lower().split("-")[0], code)
