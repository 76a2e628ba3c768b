"""Makes a release: from sealed extracts to a folder that explains, proves and describes itself."""
