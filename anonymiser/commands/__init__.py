"""Commands of the command line that belong together, so that the first page of it stays short."""
