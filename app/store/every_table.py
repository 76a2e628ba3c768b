"""Every table of the application: importing this makes the metadata whole."""

from __future__ import annotations

from app.store import (
    tables_async,
    tables_care,
    tables_directory,
    tables_finding,
    tables_geography,
    tables_imports,
    tables_messages,
    tables_subscriptions,
    tables_versions,
)
from app.store.tables import Base

_MODULES = (
    tables_async,
    tables_care,
    tables_directory,
    tables_finding,
    tables_geography,
    tables_imports,
    tables_messages,
    tables_subscriptions,
    tables_versions,
)
METADATA = (Base.metadata, _MODULES)[0]
