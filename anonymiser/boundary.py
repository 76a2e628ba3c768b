"""Keeps the two sides apart: the anonymiser will not run where the platform's secrets can be read."""

from collections.abc import Mapping

from anonymiser.errors import SetUpRefusal

# Whoever holds the pseudonym key and the platform's database together can undo every pseudonym.
FORBIDDEN_NAMES = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "PGPASSWORD",
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "MESH_PASSWORD",
        "MESH_SHARED_KEY",
        "METRICS_TOKEN",
    }
)
FORBIDDEN_PREFIX = "BACKSTITCH_"


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise SetUpRefusal, naming every offending variable (never its value), if one is present."""
    held = sorted(n for n in environment if n in FORBIDDEN_NAMES or n.startswith(FORBIDDEN_PREFIX))
    if held:
        raise SetUpRefusal(
            f"The anonymiser does not start with the platform's settings in its environment: {', '.join(held)}.",
            "Start it under its own user with an empty environment, for example: env -i python -m anonymiser …",
        )
