"""What systems read over FHIR: a resource, a page of a search, old versions, everything of their own."""
