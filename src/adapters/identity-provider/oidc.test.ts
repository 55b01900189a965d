import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { IdentityRefused } from "../../ports/identity-provider.ts";
import { oidcProvider } from "./oidc.ts";

/** A real provider on this machine, whose people sign in by naming themselves. */
const callback = "http://127.0.0.1:9/sign-in/elsewhere/back";
const secret = "a secret of this client alone";
const people: Readonly<Record<string, Record<string, unknown>>> = {
  kim: { preferred_username: "kim", name: "Kim Minji", email: "kim@example.com", email_verified: true },
  eve: { preferred_username: "eve", email: "kim@example.com", email_verified: false },
};

let server: Server;
let issuer: string;
beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { redirect_uris: [callback], grant_types: ["authorization_code"] };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: "signalbox", client_secret: secret },
      { ...client, client_id: "another", client_secret: secret },
    ],
    claims: { openid: ["sub"], profile: ["preferred_username", "name"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people[sub] }) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["only for tests"] },
  });
  server.on("request", provider.callback());
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const aClient = (clientId = "signalbox", login = "preferred_username", clientSecret = secret) =>
  oidcProvider({
    settings: { issuer, clientId, clientSecret: "OIDC", login, create: false },
    clientSecret: async () => clientSecret,
    now: Date.now,
  });

/** Does what a person with a browser does at the provider: signs in, agrees, and is sent back. */
async function atTheProvider(url: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  let next = url;
  let body: URLSearchParams | undefined;
  for (let step = 0; step < 12; step += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(next, {
      redirect: "manual",
      headers: { cookie },
      ...(body === undefined ? {} : { method: "POST", body }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = answer.headers.get("location");
    if (location?.startsWith(callback) === true) return location;
    if (location !== null) {
      next = new URL(location, next).href;
      body = undefined;
      continue;
    }
    const text = await answer.text();
    const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1];
    if (action === undefined) throw new Error(`the provider has no form: ${text.slice(0, 300)}`);
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1] ?? "";
    next = new URL(action, next).href;
    body = new URLSearchParams({ prompt, login, password: "x" });
  }
  throw new Error("the provider never sent back");
}

const refused = async (asked: Promise<unknown>): Promise<string> => {
  const error = await asked.then(
    () => new Error("it was taken"),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(IdentityRefused);
  return error.message;
};

describe("signing in with OpenID Connect", () => {
  it("says who somebody is", async () => {
    const client = aClient();
    const { url, kept } = await client.begin(callback);
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: callback,
    });
    expect(kept).toMatch(/^[\w-]{43}\.[\w-]{43}\.[\w-]{43}$/);
    expect(await client.finish(await atTheProvider(url, "kim"), kept)).toEqual({
      issuer,
      subject: "kim",
      login: "kim",
      name: "Kim Minji",
      verifiedMail: "kim@example.com",
    });
  });

  it("goes by no mail that is not verified", async () => {
    const client = aClient("signalbox", "email");
    const signIn = async (login: string) => {
      const { url, kept } = await client.begin(callback);
      return client.finish(await atTheProvider(url, login), kept);
    };
    expect(await signIn("kim")).toMatchObject({ login: "kim", verifiedMail: "kim@example.com" });
    expect(await signIn("eve")).toEqual({ issuer, subject: "eve" });
  });

  it("takes a code once", async () => {
    const client = aClient();
    const { url, kept } = await client.begin(callback);
    const back = await atTheProvider(url, "kim");
    await client.finish(back, kept);
    expect(await refused(client.finish(back, kept))).toContain("without success");
  });

  it("takes no answer to another question: state, nonce and verifier are those of this browser", async () => {
    const client = aClient();
    const { kept: other } = await client.begin(callback);
    for (const wrong of [0, 1, 2]) {
      const { url, kept } = await client.begin(callback);
      const back = await atTheProvider(url, "kim");
      const mixed = kept.split(".").map((own, index) => (index === wrong ? other.split(".")[index]! : own));
      await refused(client.finish(back, mixed.join(".")));
    }
    const { url } = await client.begin(callback);
    expect(await refused(client.finish(await atTheProvider(url, "kim"), ""))).toContain("from this browser");
  });

  it("takes no answer that is for another client, or in the name of another issuer", async () => {
    const { url, kept } = await aClient("another").begin(callback);
    await refused(aClient().finish(await atTheProvider(url, "kim"), kept));
    const own = aClient();
    const began = await own.begin(callback);
    const back = new URL(await atTheProvider(began.url, "kim"));
    expect(back.searchParams.get("iss")).toBe(issuer);
    back.searchParams.set("iss", "http://127.0.0.1:1");
    await refused(own.finish(back.href, began.kept));
  });

  it("says that it was refused, without any secret, when the secret is wrong or nobody is there", async () => {
    const client = aClient("signalbox", "preferred_username", "wrong, and very secret");
    const { url, kept } = await client.begin(callback);
    const message = await refused(client.finish(await atTheProvider(url, "kim"), kept));
    expect(message).not.toContain("very secret");
    const settings = { issuer: "http://127.0.0.1:1", clientId: "a", clientSecret: "A", login: "sub", create: false };
    const nobody = oidcProvider({ settings, clientSecret: async () => secret, now: Date.now });
    await refused(nobody.begin(callback));
  });
});

describe("the token of a provider that lies", () => {
  let liar: Server;
  let told: Record<string, unknown> = {};
  beforeAll(async () => {
    liar = createServer((request, response) => {
      const own = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: own, aud: "signalbox", sub: "kim", iat: now, exp: now + 60, ...told };
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
      const discovery = {
        issuer: own,
        authorization_endpoint: `${own}/authorize`,
        token_endpoint: `${own}/token`,
        jwks_uri: `${own}/jwks`,
        id_token_signing_alg_values_supported: ["RS256"],
      };
      const id_token = `${part({ alg: "RS256" })}.${part(claims)}.${Buffer.from("signed").toString("base64url")}`;
      const answer = request.url === "/token" ? { access_token: "a", token_type: "bearer", id_token } : discovery;
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => liar.once("listening", resolve));
  });
  afterAll(async () => {
    liar.closeAllConnections();
    await new Promise((resolve) => liar.close(resolve));
  });

  const finish = async (change: (nonce: string) => Record<string, unknown>) => {
    const own = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    const settings = { issuer: own, clientId: "signalbox", clientSecret: "OIDC", login: "sub", create: false };
    const client = oidcProvider({ settings, clientSecret: async () => secret, now: Date.now });
    const { kept } = await client.begin(callback);
    const [state = "", nonce = ""] = kept.split(".");
    told = change(nonce);
    return client.finish(`${callback}?code=x&state=${state}`, kept);
  };

  it("is taken as long as it says what it should", async () => {
    expect(await finish((nonce) => ({ nonce }))).toMatchObject({ subject: "kim" });
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ["the nonce of another sign-in", { nonce: "another" }],
    ["no nonce", { nonce: undefined }],
    ["another audience", { aud: "another" }],
    ["another issuer", { iss: "https://id.example.com" }],
    ["an end that is over", { exp: 1 }],
    ["nobody's name", { sub: undefined }],
  ])("is refused with %s", async (_what, lie) => {
    await refused(finish((nonce) => ({ nonce, ...lie })));
  });
});
