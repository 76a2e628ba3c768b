"""Says whether a release is safe, and shows it by attacking it. Written apart from the engine that makes releases."""
