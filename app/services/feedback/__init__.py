"""What the practice hears: composed, put on its way, carried, acknowledged."""
