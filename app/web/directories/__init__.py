"""Pages of the directory: for everybody, for whoever keeps an entry right, for the steward."""
