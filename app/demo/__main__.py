"""`python -m app.demo`: the demonstration; ONCE=1 to stop by itself, PORT to move the web port."""

import os
import sys

from app.demo.run import run_demo

if __name__ == "__main__":
    sys.exit(run_demo(once=bool(os.environ.get("ONCE")), port=os.environ.get("PORT")))
