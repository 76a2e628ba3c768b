"""What every page stands in: the guard, the frame, forms and words, languages, what was typed and is kept."""
