"""The link worker's pages."""
