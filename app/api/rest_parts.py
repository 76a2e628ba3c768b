"""What every part of the JSON API shares: how a blueprint of it is made, and how a page of a list is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_smorest import Blueprint

from app.api.guard import View
from app.api.rest_errors import StrictParser, answer_faults_of
from app.services.shown.seen import Page

PREFIX = "/api/v1"


class Part(Blueprint):  # type: ignore[misc]
    """A part of the API for one audience; reads bodies strictly and answers faults in one shape."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str):
        super().__init__(
            name, __name__, url_prefix=PREFIX, description=description, template_folder="templates"
        )
        answer_faults_of(self)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Add an address; typed, which the library is not."""
        return super().route(rule, **options)  # type: ignore[no-any-return]

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """Read the body or the query by a schema."""
        return super().arguments(schema, **options)  # type: ignore[no-any-return]

    def response(self, status_code: Any, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """Answer by a schema."""
        return super().response(status_code, schema, **options)  # type: ignore[no-any-return]


def told_page(page: Page[Any], **query: Any) -> dict[str, Any]:
    """Return a page as the API tells it; `query` holds the other parameters that the next page must keep."""
    following = url_for(request.endpoint or "", page=page.number + 1, **query) if page.has_next else None
    return {
        "items": page.lines,
        "total": page.total,
        "page": page.number,
        "pages": page.last,
        "next": following,
    }
