"""Every table of the application: importing this makes the metadata whole."""

from __future__ import annotations

from app.store import (
    tables_async,
    tables_care,
    tables_cohort,
    tables_directory,
    tables_duplicates,
    tables_entries,
    tables_finding,
    tables_geography,
    tables_imports,
    tables_mail,
    tables_memberships,
    tables_messages,
    tables_payments,
    tables_register,
    tables_stewardship,
    tables_subscriptions,
    tables_versions,
    tables_waiting,
    tables_watch,
    tables_words,
)
from app.store.tables import Base

_MODULES = (
    tables_async,
    tables_care,
    tables_cohort,
    tables_directory,
    tables_entries,
    tables_duplicates,
    tables_finding,
    tables_geography,
    tables_imports,
    tables_mail,
    tables_memberships,
    tables_messages,
    tables_payments,
    tables_stewardship,
    tables_register,
    tables_subscriptions,
    tables_versions,
    tables_waiting,
    tables_watch,
    tables_words,
)
METADATA = (Base.metadata, _MODULES)[0]
