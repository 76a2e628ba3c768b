// Drives fhir-kit-client: the first line says who asks, each further one is a call; answers as the client gives them.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { createInterface } from "node:readline";
import { Client } from "fhir-kit-client";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// A token by private_key_jwt, with node's own cryptography: nothing of the server's language is shared.
async function signIn({ clientId, key, kid }, tokenUrl) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: String(tokenUrl), jti: randomUUID(), iat: now, exp: now + 240 };
  const text = `${base64url({ alg: "ES384", kid, typ: "JWT" })}.${base64url(claims)}`;
  const secret = createPrivateKey({ key, format: "jwk" });
  const signature = sign("sha384", Buffer.from(text), { key: secret, dsaEncoding: "ieee-p1363" });
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: `${text}.${signature.toString("base64url")}`,
  });
  const answer = await fetch(tokenUrl, { method: "POST", body: form });
  return (await answer.json()).access_token;
}

function told(resource) {
  const { response } = Client.httpFor(resource);
  return { ok: true, status: response?.status, etag: response?.headers.get("etag"), resource };
}

let client;
let last;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (!client) {
    client = new Client({ baseUrl: asked.base });
    const { tokenUrl } = await client.smartAuthMetadata();
    client.bearerToken = await signIn(asked, tokenUrl);
    console.log(JSON.stringify({ tokenUrl: String(tokenUrl) }));
    continue;
  }
  try {
    const further = asked.call === "nextPage" ? { bundle: last } : {};
    last = await client[asked.call]({ ...asked.args, ...further });
    console.log(JSON.stringify(told(last)));
  } catch (fault) {
    console.log(JSON.stringify({ ok: false, status: fault.response?.status, resource: fault.response?.data }));
  }
}
