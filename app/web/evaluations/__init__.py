"""Pages of an organisation's evaluation, its stories, its funders and its money."""
