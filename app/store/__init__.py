"""The only SQLAlchemy in the project: rows in, plain values out; every function's first argument is who asks."""
