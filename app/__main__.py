"""`python -m app ...`: the command line; needs the project's root as the working directory or on PYTHONPATH."""

from app.cli import main

if __name__ == "__main__":
    main()
