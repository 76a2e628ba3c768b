// The certified server of others, on an address and with the clients and keys that PROVIDER tells.
import Provider from "oidc-provider";

const told = JSON.parse(process.env.PROVIDER);
const provider = new Provider(told.issuer, {
  clients: told.clients,
  jwks: { keys: told.keys },
  cookies: { keys: ["of-the-tests"] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  ...(told.jwa ? { enabledJWA: told.jwa } : {}),
  claims: { openid: ["sub"], profile: ["name", "nhs_number", "birthdate", "identity_proofing_level"] },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: "Told By Provider", ...(told.people[id] ?? {}) }),
  }),
  // it calls no machine of one's own, rightly; here ours is one
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
});
provider.listen(Number(new URL(told.issuer).port), "127.0.0.1", () => console.log("ready"));
