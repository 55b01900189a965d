import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Asked, TestPages, Visitor } from "../../../test/support/pages.ts";
import { testPages, visit } from "../../../test/support/pages.ts";
import { goodPassword } from "../../../test/support/sign-in.ts";
import type { Right } from "../../core/permissions.ts";
import { makeSignInCode } from "../../deployments/sign-in/codes.ts";

let site: TestPages;
let kim: Visitor;
let lee: Visitor;
let dev: Visitor;
let stranger: Visitor;

const grants = (...rights: readonly Right[]) => rights.map((right) => ({ right, environment: "production" }));

beforeAll(async () => {
  site = await testPages();
  kim = await site.person("kim", { name: "Kim Minji", groups: ["leads"], grants: grants("approve", "view") });
  lee = await site.person("lee", { name: "이준", language: "ko", groups: ["leads"], grants: grants("approve") });
  dev = await site.person("dev", { grants: grants("deploy", "view") });
  stranger = await site.person("stranger", { grants: [{ right: "view", environment: "dev" }] });
});
afterAll(async () => site.close());

const endOf = async (asked: Asked) =>
  (await site.read(asked)).events.map(({ event }) => event).find((event) => event.kind === "ended")?.end;
const decide = async (asked: Asked, verb: string, visitor: Visitor, fields: Record<string, string> = {}) =>
  visit(site, `/approvals/${asked.approval}/${verb}`, visitor, { digest: asked.digest, ...fields });

describe("signing in", () => {
  const enter = async (fields: Record<string, string>) => visit(site, "/sign-in", undefined, fields);

  it("leads from a link to the page that it names, and back there with a session", async () => {
    const asked = await site.ask();
    const link = await visit(site, `/approvals/${asked.approval}`);
    expect([link.statusCode, link.headers.location]).toEqual([
      303,
      `/sign-in?next=${encodeURIComponent(`/approvals/${asked.approval}`)}`,
    ]);
    const form = await visit(site, String(link.headers.location));
    expect(form.body).toContain(`value="/approvals/${asked.approval}"`);
    const answer = await enter({ login: "kim", password: goodPassword, next: `/approvals/${asked.approval}` });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/approvals/${asked.approval}`]);
    const cookie = String(answer.headers["set-cookie"]);
    expect(cookie).toMatch(/^signalbox=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/);
    const page = await visit(site, `/approvals/${asked.approval}`, { ...kim, cookie: cookie.split(";")[0]! });
    expect(page.body).toContain("<h1>");
  });

  it("gives one answer for a wrong password and an unknown login", async () => {
    const answers = await Promise.all(
      ["kim", "nobody"].map(async (login) => enter({ login, password: "wrong wrong wrong", next: "" })),
    );
    const [one, other] = answers.map(({ statusCode, body }) => [statusCode, body.replaceAll(/value="\w+"/g, "")]);
    expect(one).toEqual(other);
    expect(one?.[0]).toBe(401);
    expect(answers[0]?.headers["set-cookie"]).toBeUndefined();
  });

  it.each([
    "https://evil.example.com",
    "//evil.example.com",
    "/sign-out",
    "/approvals/../x",
    "/\\evil",
    "javascript:1",
  ])("does not lead to %s", async (next) => {
    const answer = await enter({ login: "dev", password: goodPassword, next });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "/inbox"]);
  });

  it("has a person set a password with a code, in the language of the browser", async () => {
    await site.person("moon", {});
    const { code } = await makeSignInCode("moon", site.world);
    const korean = { "accept-language": "ko-KR,ko;q=0.9,en;q=0.8" };
    const fields = { login: "moon", code, password: "달이 참 밝은 저녁입니다" };
    const form = await visit(site, "/welcome?login=moon", undefined, undefined, korean);
    expect(form.body).toContain("비밀번호 설정");
    const other = await visit(site, "/welcome", undefined, { ...fields, repeat: "another sentence" }, korean);
    expect([other.statusCode, other.body.includes("두 비밀번호가 서로 다릅니다.")]).toEqual([400, true]);
    const set = await visit(site, "/welcome", undefined, { ...fields, repeat: fields.password }, korean);
    expect([set.statusCode, set.headers.location]).toEqual([303, "/inbox"]);
    expect((await enter({ login: "moon", password: fields.password, next: "" })).statusCode).toBe(303);
  });

  it("ends with signing out, for whoever has kept the cookie too", async () => {
    const visitor = await site.person("leaving", {});
    expect((await visit(site, "/inbox", visitor)).statusCode).toBe(200);
    const out = await visit(site, "/sign-out", visitor, {});
    expect([out.statusCode, out.headers.location]).toEqual([303, "/sign-in?said=signedOut"]);
    expect((await visit(site, "/inbox", visitor)).statusCode).toBe(303);
  });
});

describe("the page of a request", () => {
  it("says what, where, how and who, in the reader's language", async () => {
    site.risk = [{ kind: "migrations", names: ["0042-add-currency"], contract: false }];
    const asked = await site.ask({ asked: ["kim", "lee"], reason: "Japan waits" });
    const { body } = await visit(site, `/approvals/${asked.approval}`, kim);
    for (const text of ["orders", "production", "0042-add-currency", "Japan waits", "web-1", "1 of the group leads"]) {
      expect(body).toContain(text);
    }
    expect(body).toContain("3 h 59 min left");
    const korean = (await visit(site, `/approvals/${asked.approval}`, lee)).body;
    for (const text of [`lang="ko"`, "마이그레이션", "leads 그룹 1명", "3시간 59분 남음", ">승인</button>"]) {
      expect(korean).toContain(text);
    }
    site.risk = [];
  });

  it("shows hostile names, commits, reasons and comments as text", async () => {
    const evil = `<script>alert("x")</script><img src=x onerror=alert(1)>`;
    const mallory = await site.person("mallory", { name: evil, groups: ["leads"], grants: grants("approve", "view") });
    site.commits = [{ revision: "c".repeat(40), subject: `${evil}\u202E`, author: evil, committedAt: 1, mails: [] }];
    site.risk = [
      { kind: "migrations", names: [evil], contract: true },
      { kind: "commits", count: 1, authors: [evil], more: false },
    ];
    const rule = { kind: "group", count: 2, group: "leads" } as const;
    const asked = await site.ask({
      asked: ["mallory", "kim"],
      reason: evil,
      policy: { rule },
      target: { source: { git: "x" } as never },
    });
    expect((await decide(asked, "approve", mallory, { comment: evil })).statusCode).toBe(303);
    const pages = [await visit(site, `/approvals/${asked.approval}`, kim), await visit(site, "/inbox", kim)];
    expect((await decide(asked, "reject", kim, { reason: evil })).statusCode).toBe(303);
    pages.push(
      await visit(site, `/approvals/${asked.approval}`, mallory),
      await visit(site, `/deployments/${asked.deployment}`, kim),
      await visit(site, "/away", kim),
      await visit(site, `/welcome?login=${encodeURIComponent(evil)}`),
      await visit(site, "/sign-in", undefined, { login: evil, password: "x", next: evil }),
    );
    for (const { body } of pages) {
      expect(body).not.toMatch(/<script|<img/i);
      expect(body).toMatch(/<title>Inbox|&lt;script&gt;/);
    }
    expect(pages[0]?.body).toContain("⟨U+202E⟩");
    await site.world.store.people.write([{ login: "mallory", set: { disabled: true } }], [], 1);
    site.risk = [];
    site.commits = [];
  });

  it("is not there for who may not see it, just like one that does not exist", async () => {
    const asked = await site.ask();
    const answers = [
      `/approvals/${asked.approval}`,
      "/approvals/01k000",
      `/deployments/${asked.deployment}`,
      "/deployments/d-99",
    ];
    const seen = await Promise.all(answers.map(async (url) => visit(site, url, stranger)));
    expect(seen.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404]);
    expect(new Set(seen.map(({ body }) => body.replaceAll(/value="[\w-]+"/g, ""))).size).toBe(1);
    expect((await visit(site, "/inbox", stranger)).body).not.toContain(asked.approval);
    expect((await decide(asked, "approve", stranger)).statusCode).toBe(404);
    expect(await endOf(asked)).toBeUndefined();
  });
});

describe("a decision", () => {
  it("is one form: approved, with who did it", async () => {
    const asked = await site.ask();
    const answer = await decide(asked, "approve", kim);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/approvals/${asked.approval}?done=approve`]);
    expect(await endOf(asked)).toEqual({ kind: "approved", by: ["kim"] });
    const after = await visit(site, String(answer.headers.location), kim);
    expect(after.body).toContain("Your approval is recorded.");
    expect(after.body).not.toContain(`/${asked.approval}/approve`);
  });

  it("to reject needs a reason, which is kept as it was written", async () => {
    const asked = await site.ask();
    for (const reason of ["", "   \r\n "]) {
      const refused = await decide(asked, "reject", kim, { reason });
      expect([refused.statusCode, refused.body.includes("A reason is needed.")]).toEqual([409, true]);
    }
    expect(await endOf(asked)).toBeUndefined();
    await decide(asked, "reject", kim, { reason: "Not on a Friday.\r\nTry on Monday." });
    expect(await endOf(asked)).toEqual({ kind: "rejected", by: "kim", reason: "Not on a Friday.\nTry on Monday." });
  });

  it("about a plan that has moved is refused, with the way to the new one", async () => {
    const asked = await site.ask();
    await site.move(asked);
    const refused = await decide(asked, "approve", kim);
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain("The plan has changed");
    expect(refused.body).toContain(`href="/approvals/${asked.approval}"`);
    expect(await endOf(asked)).toBeUndefined();
  });

  it("can be handed over to another approver, who is asked then", async () => {
    const asked = await site.ask();
    expect((await visit(site, `/approvals/${asked.approval}`, kim)).body).toContain(`<option value="lee">`);
    expect((await decide(asked, "hand-over", kim, { to: "lee", reason: "" })).statusCode).toBe(303);
    expect((await visit(site, "/inbox", lee)).body).toContain(asked.approval);
    expect((await decide(asked, "hand-over", kim, { to: "nobody", reason: "" })).statusCode).toBe(409);
  });

  it("is offered to those only whose decision would be taken", async () => {
    const asked = await site.ask({ by: "kim", asked: ["lee"] });
    const own = (await visit(site, `/approvals/${asked.approval}`, kim)).body;
    expect(own).not.toContain("/approve");
    expect(own).toContain("/withdraw");
    expect((await decide(asked, "approve", kim)).body).toContain("nobody approves their own");
    expect((await visit(site, `/approvals/${asked.approval}`, dev)).body).not.toContain("/reject");
    expect((await decide(asked, "reject", dev, { reason: "no" })).statusCode).toBe(409);
    expect(await endOf(asked)).toBeUndefined();
  });

  it.each<readonly [string, (asked: Asked) => Promise<{ statusCode: number }>]>([
    ["from another site", (asked) => formFrom(asked, { origin: "https://evil.example.com" })],
    ["from nowhere", (asked) => formFrom(asked, { origin: "null" })],
    ["from another port", (asked) => formFrom(asked, { origin: "http://localhost:81" })],
    ["of another session", (asked) => formFrom(asked, {}, lee.formToken)],
    ["without a token", (asked) => formFrom(asked, {}, "")],
  ])("%s is refused", async (_from, send) => {
    const asked = await site.ask();
    expect((await send(asked)).statusCode).toBe(403);
    expect(await endOf(asked)).toBeUndefined();
  });

  const formFrom = async (asked: Asked, headers: Record<string, string>, form = kim.formToken) =>
    visit(site, `/approvals/${asked.approval}/approve`, kim, { digest: asked.digest, form }, headers);

  it("is a form of a browser: JSON, further fields and two of one name are refused", async () => {
    const asked = await site.ask();
    const url = `/approvals/${asked.approval}/approve`;
    const json = await visit(site, url, kim, { digest: asked.digest }, { "content-type": "application/json" });
    expect(json.statusCode).toBe(415);
    expect((await decide(asked, "approve", kim, { by: "lee" })).statusCode).toBe(400);
    const twice = await site.app.inject({
      method: "POST",
      url,
      headers: {
        host: "localhost",
        origin: "http://localhost",
        cookie: kim.cookie,
        "content-type": "application/x-www-form-urlencoded",
      },
      payload: `form=${kim.formToken}&digest=${asked.digest}&digest=${asked.digest}`,
    });
    expect(twice.statusCode).toBe(400);
    expect((await decide(asked, "approve", kim, { comment: "x".repeat(70_000) })).statusCode).toBe(413);
    expect(await endOf(asked)).toBeUndefined();
  });

  it("leads who is not signed in any more to the sign-in and back to the page, and is not taken", async () => {
    const asked = await site.ask();
    const answer = await visit(site, `/approvals/${asked.approval}/approve`, { ...kim, cookie: "signalbox=old" }, {});
    expect([answer.statusCode, answer.headers.location]).toEqual([
      303,
      `/sign-in?next=${encodeURIComponent(`/approvals/${asked.approval}`)}`,
    ]);
    expect(await endOf(asked)).toBeUndefined();
  });
});

describe("looking", () => {
  it("changes nothing, whoever looks: every address, by GET, HEAD and OPTIONS, as mail scanners do", async () => {
    const asked = await site.ask();
    const urls = site.app.rules.map(({ url }) => url.replace(":ref", asked.approval));
    const state = async () =>
      JSON.stringify([
        await site.read(asked),
        await site.world.store.audit({ limit: 500 }),
        await site.world.store.people.list(),
        await site.world.store.journal(asked.deployment),
        await site.world.store.outbox.list({}),
      ]);
    const before = await state();
    for (const url of new Set(urls)) {
      for (const method of ["GET", "HEAD", "OPTIONS"] as const satisfies InjectOptions["method"][]) {
        for (const visitor of [undefined, kim]) {
          const address = `${url}?form=${kim.formToken}&digest=${asked.digest}&reason=x&to=lee`;
          const headers = visitor === undefined ? {} : { cookie: visitor.cookie };
          const { statusCode } = await site.app.inject({ method, url: address, headers });
          expect(statusCode, `${method} ${url}`).toBeLessThan(500);
        }
      }
    }
    expect(await state()).toBe(before);
    expect((await visit(site, "/inbox", kim)).statusCode).toBe(200);
    expect(new Set(urls).size).toBeGreaterThan(15);
  });

  it("is guarded on every page: no script, no frame, no copy kept, nobody told from where", async () => {
    const asked = await site.ask();
    for (const url of ["/sign-in", "/welcome", "/inbox", "/away", `/approvals/${asked.approval}`, "/approvals/none"]) {
      const { headers, body } = await visit(site, url, kim);
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringMatching(/^default-src 'none'; style-src 'self'/),
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
      });
      expect(String(headers["content-security-policy"])).not.toContain("unsafe");
      expect(body).not.toMatch(/<script|<style|<[^>]*\s(?:style|on\w+)=/i);
    }
  });

  it("is guarded also where somebody is sent to the sign-in", async () => {
    const { statusCode, headers } = await visit(site, "/inbox");
    expect([statusCode, headers["x-frame-options"], headers["cache-control"]]).toEqual([303, "DENY", "no-store"]);
  });

  it("needs a session: a token of the API, also one in the address, opens no page", async () => {
    for (const url of ["/inbox", "/away"]) {
      const { statusCode } = await site.app.inject({ url: `${url}?token=x`, headers: { authorization: "Bearer x" } });
      expect(statusCode).toBe(303);
    }
    const { cookie } = kim;
    const twice = await site.app.inject({ url: "/inbox", headers: { cookie: `${cookie}; ${cookie}` } });
    expect(twice.statusCode).toBe(303);
  });
});

describe("one's absences", () => {
  it("are kept with who stands in, and taken away again", async () => {
    const form = { from: "2036-05-01T09:00", until: "2036-05-08T18:00", standIn: "lee" };
    const late = await visit(site, "/away", kim, form);
    expect(late.statusCode).toBe(400);
    const soon = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
    const later = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 16);
    expect((await visit(site, "/away", kim, { from: soon, until: later, standIn: "lee" })).statusCode).toBe(303);
    const person = async () => (await site.world.store.people.find("kim"))!;
    const [absence] = (await person()).absences;
    expect(absence?.standIn).toBe("lee");
    expect((await visit(site, "/away", kim)).body).toContain("이준 stands in");
    expect((await visit(site, "/away", kim, { from: later, until: soon, standIn: "" })).statusCode).toBe(400);
    expect((await visit(site, "/away", kim, { from: soon, until: later, standIn: "nobody" })).statusCode).toBe(400);
    const never = { from: "2026-13-45T99:99", until: "0000-00-00T00:00", standIn: "" };
    expect((await visit(site, "/away", kim, never)).statusCode).toBe(400);
    expect((await visit(site, "/away/remove", kim, { from: String(absence?.from) })).statusCode).toBe(303);
    expect((await person()).absences).toEqual([]);
    const rows = await site.world.store.audit({ object: "person kim" });
    expect(rows.filter(({ action }) => action === "set-absences")).toHaveLength(2);
  });
});

describe("the page of a deployment", () => {
  it("looks again while it goes on, and not afterwards", async () => {
    const asked = await site.ask();
    const running = await visit(site, `/deployments/${asked.deployment}`, kim);
    expect(running.body).toContain(`<meta http-equiv="refresh" content="5"`);
    expect(running.body).toContain("Activate the release on web-1");
    await decide(asked, "reject", kim, { reason: "no" });
    const over = await visit(site, `/deployments/${asked.deployment}`, kim);
    expect(over.body).not.toContain("refresh");
    expect(over.body).toContain("rejected by kim");
  });
});
