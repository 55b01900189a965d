import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { testApi } from "../../test/support/api.ts";
import type { TestApi } from "../../test/support/api.ts";
import { cheapCost, goodPassword } from "../../test/support/sign-in.ts";
import { hashPassword } from "../deployments/sign-in/password-hash.ts";
import type { Doors, Listen } from "./doors.ts";
import { openDoors } from "./doors.ts";
import { officeOf } from "./pages/office.ts";

let api: TestApi;
let doors: Doors | undefined;
const directory = mkdtempSync(join(tmpdir(), "signalbox-doors-"));
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  api = await testApi();
  for (const name of ["first", "second"]) {
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file(`${name}.key`)];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...subject, ...key, "-out", file(`${name}.pem`)], {
      stdio: "ignore",
    });
  }
  const { store } = api.context.world;
  await store.people.write([{ login: "kim", set: {} }], [], 1);
  const credential = { login: "kim", hash: await hashPassword(goodPassword, cheapCost), changedAt: 1 };
  await store.signIns.setPassword({ credential }, { actor: "kim", action: "set", object: "person kim", detail: {} });
});
afterEach(async () => {
  await doors?.close();
  doors = undefined;
});
afterAll(async () => {
  await api.close();
  rmSync(directory, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function open(listen: Omit<Listen, "host" | "port">): Promise<number> {
  const port = await freePort();
  const world = { ...api.context.world, passwordCost: cheapCost };
  const pages = { office: officeOf(world), server: () => undefined };
  const options = { socket: file("api.sock"), user: "root", listen: { host: "127.0.0.1", port, ...listen }, pages };
  doors = await openDoors({ ...api.context, world }, options);
  return port;
}

/** The name on the certificate that is shown now. */
async function shown(port: number): Promise<unknown> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

const use = (name: string): void => {
  for (const ending of ["key", "pem"]) writeFileSync(file(`now.${ending}`), readFileSync(file(`${name}.${ending}`)));
};

describe("TLS of the server's own", () => {
  const tls = { certFile: file("now.pem"), keyFile: file("now.key") };

  it("takes another certificate without an end, and keeps the one it has when the other is none", async () => {
    use("first");
    const port = await open({ tls });
    expect(await shown(port)).toBe("first");
    writeFileSync(tls.certFile, readFileSync(file("second.pem")));
    await expect(doors?.reload()).rejects.toThrow("are not a certificate and its key");
    expect(await shown(port)).toBe("first");
    use("second");
    await doors?.reload();
    expect(await shown(port)).toBe("second");
  });

  it("does not open with a certificate of another key, and leaves nothing open", async () => {
    use("first");
    writeFileSync(tls.keyFile, readFileSync(file("second.key")));
    await expect(open({ tls })).rejects.toThrow("are not a certificate and its key");
    use("first");
    expect(await shown(await open({ tls }))).toBe("first");
  });

  it("speaks no plain text", async () => {
    use("first");
    const port = await open({ tls });
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
  });
});

describe("what a request says about where it comes from", () => {
  const signIn = async (port: number, proto: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: {
        origin: `${proto}://127.0.0.1:${port}`,
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-proto": "https",
      },
      body: new URLSearchParams({ login: "kim", password: goodPassword }),
    });
    const [row] = await api.context.world.store.audit({ object: "person kim", action: "sign-in", limit: 1 });
    return { status: answer.status, cookie: answer.headers.get("set-cookie"), from: row?.from?.address };
  };

  it("counts from proxies that are named, by address or network", async () => {
    for (const proxies of [["127.0.0.1"], ["10.0.0.0/8", "127.0.0.0/8"]]) {
      const port = await open({ proxies });
      const { status, cookie, from } = await signIn(port, "https");
      expect([status, from]).toEqual([303, "203.0.113.9"]);
      expect(cookie).toMatch(/^__Host-signalbox=[\w-]{43}; .*; Secure$/);
      await doors?.close();
    }
  });

  it("is not read from anybody else", async () => {
    for (const proxies of [undefined, ["10.0.0.0/8"]]) {
      const port = await open(proxies === undefined ? {} : { proxies });
      const { status, cookie, from } = await signIn(port, "http");
      expect([status, from]).toEqual([303, "127.0.0.1"]);
      expect(cookie).toMatch(/^signalbox=[\w-]{43}; .*SameSite=Lax; Max-Age=86400$/);
      await doors?.close();
    }
  });

  it("is no way around the origin of forms", async () => {
    const port = await open({ proxies: ["10.0.0.0/8"] });
    expect((await signIn(port, "https")).status).toBe(403);
  });

  it("is that somebody asked without TLS: then nothing secret is taken, on a page or by the API", async () => {
    const port = await open({ proxies: ["127.0.0.1"] });
    const at = `http://127.0.0.1:${port}`;
    const asked = async (name: string, from: Record<string, string>) => {
      const body = JSON.stringify({ login: "kim", password: goodPassword, name, days: 1 });
      const headers = { "x-forwarded-for": "203.0.113.9", ...from };
      const json = { ...headers, "content-type": "application/json" };
      const token = { ...headers, authorization: `Bearer sbx_${"x".repeat(43)}` };
      const answers = [
        await fetch(`${at}/sign-in`, { headers }),
        await fetch(`${at}/api/v1/sign-in`, { method: "POST", headers: json, body }),
        await fetch(`${at}/api/v1/version`, { headers: token }),
        await fetch(`${at}/healthz`, { headers }),
      ];
      return answers.map(({ status }) => status);
    };
    expect(await asked("one", {})).toEqual([403, 403, 403, 200]);
    expect(await asked("one", { "x-forwarded-proto": "http" })).toEqual([403, 403, 403, 200]);
    expect(await asked("one", { "x-forwarded-proto": "https" })).toEqual([200, 201, 401, 200]);
    expect(await asked("two", { "x-forwarded-for": "127.0.0.1" })).toEqual([200, 201, 401, 200]);
  });
});
