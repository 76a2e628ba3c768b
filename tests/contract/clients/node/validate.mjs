// Judges resources by two validators of others: Medplum's, with the published profiles, and FHIR.js.
// The first line names the folders of StructureDefinitions; each further one a resource and the profiles it must meet.
import { createInterface } from "node:readline";
import { validateResource } from "@medplum/core";
import lantana from "fhir";
import { loadDefinitions } from "./profiles.mjs";

// Medplum looks for no entry of a Bundle: it takes every name of one for a reference to the wrong type.
const ENTRY = /Invalid reference: got "urn:uuid:/;
const fhirJs = new lantana.Fhir();
let definitions;

function byMedplum(resource, url) {
  const profile = url && definitions.get(url);
  if (url && !profile) return [`the profile ${url} is not published`];
  try {
    return validateResource(resource, { profile }).map(said).filter((each) => !ENTRY.test(each));
  } catch (fault) {
    if (!fault.outcome) throw fault;
    return fault.outcome.issue.map(said);
  }
}

function said({ severity, details, expression = [] }) {
  return `${severity}: ${expression.join(", ")}: ${details?.text}`;
}

// Warnings are passed over: they only tell which code systems it does not have.
function byFhirJs(resource) {
  const { messages } = fhirJs.validate(resource, { errorOnUnexpected: true });
  return messages
    .filter(({ severity }) => severity === "error" || severity === "fatal")
    .map(({ severity, location, message }) => `${severity}: ${location}: ${message}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (!definitions) {
    definitions = loadDefinitions(told.folders);
    continue;
  }
  const { resource, profiles = [] } = told;
  const medplum = [undefined, ...profiles].flatMap((url) => byMedplum(resource, url));
  console.log(JSON.stringify({ medplum, fhirJs: byFhirJs(resource) }));
}
