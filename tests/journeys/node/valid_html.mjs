// Judges pages by html-validate, against the HTML standard alone: one page a line in, what is wrong with it a line out.
import { createInterface } from "node:readline";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const validator = new HtmlValidate(new StaticConfigLoader({ root: true, extends: ["html-validate:standard"] }));
for await (const line of createInterface({ input: process.stdin })) {
  const { path, html } = JSON.parse(line);
  const { results } = await validator.validateString(html, path);
  const found = results.flatMap(({ messages }) => messages);
  console.log(JSON.stringify({ path, wrong: found.map(({ line, message, selector }) => ({ line, message, selector })) }));
}
