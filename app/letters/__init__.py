"""The outcome as a letter that a person can read, print and file: a report in, the bytes of a PDF out."""
