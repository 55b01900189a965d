import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestPages } from "../../../test/support/pages.ts";
import { testPages, visit } from "../../../test/support/pages.ts";
import { IdentityRefused } from "../../ports/identity-provider.ts";

const issuer = "https://id.example.com";
const finished: { readonly address: string; readonly kept: string }[] = [];
let site: TestPages;
beforeAll(async () => {
  const provider = {
    begin: async (callback: string) => ({ url: `${issuer}/go?to=${encodeURIComponent(callback)}`, kept: "s.n.v" }),
    finish: async (address: string, kept: string) => {
      finished.push({ address, kept });
      const code = new URL(address).searchParams.get("code");
      if (code === null) throw new IdentityRefused("no code");
      return { issuer, subject: code, login: code };
    },
  };
  const elsewhere = () => ({ provider, settings: { create: false } });
  site = await testPages({ elsewhere, server: () => "http://localhost" });
  await site.person("kim");
});
afterAll(async () => site.close());

const begin = async (next: string): Promise<string> => {
  const answer = await visit(site, `/sign-in/elsewhere?next=${encodeURIComponent(next)}`);
  expect(answer.headers.location).toBe(
    `${issuer}/go?to=${encodeURIComponent("http://localhost/sign-in/elsewhere/back")}`,
  );
  return String(answer.headers["set-cookie"]).split(";")[0]!;
};
const back = async (query: string, cookie: string) =>
  site.app.inject({ url: `/sign-in/elsewhere/back?${query}`, headers: { cookie, host: "evil.example.com" } });

describe("signing in elsewhere", () => {
  it("is offered, and leads back to the page that was wanted", async () => {
    expect((await visit(site, "/sign-in?next=/away")).body).toContain(`href="/sign-in/elsewhere?next=/away"`);
    const answer = await back("code=kim&state=s", await begin("/approvals/01k0"));
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "/approvals/01k0"]);
    const [forgotten, session] = answer.headers["set-cookie"] as unknown as string[];
    expect(forgotten).toMatch(/^signalbox-elsewhere=; .*Max-Age=0/);
    const cookie = session!.split(";")[0]!;
    expect((await site.app.inject({ url: "/inbox", headers: { cookie } })).statusCode).toBe(200);
    // The address as the provider knows it, and never the host that a request names.
    expect(finished.at(-1)).toEqual({
      address: "http://localhost/sign-in/elsewhere/back?code=kim&state=s",
      kept: "s.n.v",
    });
  });

  it.each(["https://evil.example.com", "//evil", "/sign-out"])("does not lead to %s", async (next) => {
    expect((await back("code=kim", await begin(next))).headers.location).toBe("/inbox");
  });

  it("lets nobody in who did not begin here, was refused there, or is nobody here", async () => {
    const asked = finished.length;
    for (const cookie of ["", "signalbox-elsewhere=x", "signalbox-elsewhere=a.b.c.d; signalbox-elsewhere=a.b.c.d"]) {
      const answer = await back("code=kim", cookie);
      expect(answer.headers.location).toBe("/sign-in?said=elsewhereFailed");
      expect(String(answer.headers["set-cookie"])).not.toMatch(/signalbox=/);
    }
    expect(finished).toHaveLength(asked);
    expect((await back("error=denied", await begin("/inbox"))).headers.location).toBe("/sign-in?said=elsewhereFailed");
    const unknown = await back("code=nobody", await begin("/inbox"));
    expect(unknown.headers.location).toBe("/sign-in?said=elsewhereUnknown");
    expect((await visit(site, "/sign-in?said=elsewhereUnknown")).body).toContain("nobody here is linked to you");
  });

  it("is not there where nobody else is asked", async () => {
    const alone = await testPages();
    expect((await visit(alone, "/sign-in")).body).not.toContain("elsewhere");
    for (const path of ["", "/back?code=kim"]) {
      expect((await visit(alone, `/sign-in/elsewhere${path}`)).statusCode).toBe(404);
    }
    await alone.close();
  });
});
