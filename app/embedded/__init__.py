"""Real servers from wheels for demo, tests and trying out: PostgreSQL, Valkey and NHS England's MESH sandbox."""
