"""What systems write over FHIR REST, taken through the same use cases as messages and pages."""
