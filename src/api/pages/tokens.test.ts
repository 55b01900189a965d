import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestPages, Visitor } from "../../../test/support/pages.ts";
import { testPages, visit } from "../../../test/support/pages.ts";
import { callerOfToken } from "../../deployments/tokens.ts";

describe("the page of one's tokens", () => {
  let site: TestPages;
  let kim: Visitor;
  let lee: Visitor;
  const grants = [
    { right: "view", environment: null },
    { right: "approve", environment: "production" },
  ] as const;
  beforeAll(async () => {
    site = await testPages();
    kim = await site.person("kim", { grants });
    lee = await site.person("lee", { grants, language: "ko" });
  });
  afterAll(async () => site.close());

  const make = async (visitor: Visitor, fields: Record<string, string>) =>
    visit(site, "/tokens", visitor, { name: "kim-home", what: "everything", days: "30", ...fields });

  it("makes one that acts as its person, shows it once, and keeps no copy", async () => {
    const made = await make(kim, {});
    const token = /sbx_[\w-]{43}/.exec(made.body)?.[0] ?? "";
    expect([made.statusCode, made.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(await callerOfToken(token, site.world)).toMatchObject({ name: "kim", login: "kim", grants });
    const again = await visit(site, "/tokens", kim);
    expect(again.body).toContain("kim-home");
    expect(again.body).not.toContain(token);
    expect((await make(kim, {})).statusCode).toBe(400);

    const looking = await make(kim, { name: "wall", what: "look", days: "1" });
    const [shown] = /sbx_[\w-]{43}/.exec(looking.body) ?? [];
    expect((await callerOfToken(shown!, site.world))?.grants).toEqual([grants[0]]);
  });

  it("revokes one's own, and nobody else's", async () => {
    await make(lee, { name: "office" });
    expect((await visit(site, "/tokens", lee)).body).not.toContain("kim-home");
    await visit(site, "/tokens/revoke", lee, { name: "kim-home" });
    await visit(site, "/tokens/revoke", lee, { name: "office" });
    const left = (await site.world.store.tokens()).map(({ name }) => name);
    expect(left).toContain("kim-home");
    expect(left).not.toContain("office");
  });

  it("takes no other names, times and fields, and nothing from elsewhere", async () => {
    const before = (await site.world.store.tokens()).length;
    const answers = [
      await make(kim, { name: "<b>" }),
      await make(kim, { name: "x1", days: "2" }),
      await make(kim, { name: "x2", what: "admin" }),
      await make(kim, { name: "x3", grants: "admin" }),
      await make({ ...kim, formToken: "other" }, { name: "x4" }),
      await visit(site, "/tokens", undefined, { name: "x5", what: "everything", days: "30" }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400, 403, 303]);
    expect(answers[0]?.body).not.toContain("<b>");
    expect(await site.world.store.tokens()).toHaveLength(before);
  });
});
