"""The demonstration: an invented place, the real parts, and the whole loop run through its real doors."""
