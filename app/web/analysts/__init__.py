"""Pages of the shared dataset and of the projects that work with it."""
