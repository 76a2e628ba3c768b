// Turns XML into JSON, and JSON into XML, by FHIR.js: one resource a line, in the one form or the other.
import { createInterface } from "node:readline";
import lantana from "fhir";

const fhirJs = new lantana.Fhir();
for await (const line of createInterface({ input: process.stdin })) {
  const { xml, resource } = JSON.parse(line);
  console.log(JSON.stringify(xml ? { resource: JSON.parse(fhirJs.xmlToJson(xml)) } : { xml: fhirJs.objToXml(resource) }));
}
