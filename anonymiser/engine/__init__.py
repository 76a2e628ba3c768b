"""The disclosure engine: finds the finest labels under which nobody stands in a crowd that is too small."""
