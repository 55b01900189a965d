import { describe, expect, it } from "vitest";

import { aCaller, aPerson } from "../../test/support/callers.ts";
import type { Amendment } from "./amendment.ts";
import { judge, judgeConfirmation, newPerson } from "./people-change.ts";
import type { Book, Judgement, Proposal } from "./people-change.ts";
import type { Caller, Grant, Right } from "./permissions.ts";
import type { Person } from "./person.ts";

const everywhere = (right: Right): Grant => ({ right, environment: null });
const person = (login: string, set: Partial<Person> = {}): Person => ({ ...newPerson(login), ...set });
const admin = (login: string, set: Partial<Person> = {}): Person =>
  person(login, { grants: [everywhere("admin")], ...set });
const kim = aPerson("kim", "admin");
const lee = aPerson("lee", "admin");
const operator: Caller = { ...aCaller("admin"), name: "local:root", via: "socket" };

const founded = (...people: readonly Person[]): Book => ({ people, founded: true });
const two = founded(admin("kim"), admin("lee"), person("park"));
const now = 1000;
const approveFor = (login: string): Amendment => ({ kind: "grant", login, grant: everywhere("approve") });
const said = (judgement: Judgement): string =>
  judgement.kind === "refuse"
    ? `${judgement.because}: ${judgement.message}`
    : judgement.kind === "apply" && judgement.alone !== undefined
      ? `alone: ${judgement.alone}`
      : judgement.kind;
const asked = (book: Book, amendment: Amendment, by: Caller = kim): string => said(judge(book, amendment, by, now));
const proposed = (amendment: Amendment, by = "kim"): Proposal => ({ id: "p", by, at: 0, until: 2000, amendment });
const confirmed = (book: Book, proposal: Proposal, by: Caller): string =>
  said(judgeConfirmation(book, proposal, by, now));

describe("what lets somebody decide or administrate", () => {
  const powerful = person("moon", { groups: ["leads"], commitMails: ["moon@example.com"] });
  const book = founded(...two.people, powerful, person("choi", { ...powerful, login: "choi", disabled: true }));

  it.each<readonly [string, Amendment]>([
    ["the right to approve", approveFor("park")],
    ["the right to break the glass", { kind: "grant", login: "park", grant: everywhere("break-glass") }],
    [
      "the right to approve in one environment",
      { kind: "grant", login: "park", grant: { right: "approve", environment: "dev" } },
    ],
    ["the right to administrate", { kind: "grant", login: "park", grant: everywhere("admin") }],
    ["a group", { kind: "join", login: "park", group: "leads" }],
    ["an account that was disabled with such rights", { kind: "enable", login: "choi" }],
    ["a new way into an account with such rights", { kind: "sign-in-code", login: "moon" }],
    ["whose commits are whose", { kind: "set", login: "moon", details: { commitMails: [] } }],
  ])("is proposed: %s", (_what, amendment) => {
    expect(asked(book, amendment)).toBe("propose");
    expect(confirmed(book, proposed(amendment), lee)).toBe("apply");
  });

  it.each<readonly [string, Amendment]>([
    ["taking a right", { kind: "revoke", login: "lee", grant: everywhere("admin") }],
    ["leaving a group", { kind: "leave", login: "moon", group: "leads" }],
    ["disabling", { kind: "disable", login: "moon" }],
    ["rights that decide nothing", { kind: "grant", login: "park", grant: everywhere("deploy") }],
    ["somebody new without rights", { kind: "add", login: "hong", details: {}, firstAdmin: false }],
    ["a way into an account without such rights", { kind: "sign-in-code", login: "park" }],
    ["an absence", { kind: "away", login: "moon", absence: { from: 1, until: 2000, standIn: "park" } }],
  ])("is not: %s", (_what, amendment) => {
    expect(asked(book, amendment)).toBe("apply");
  });

  it("is no machine's to propose, and no operator's", () => {
    expect(asked(two, approveFor("park"), aCaller("admin"))).toContain("right: token:ci is no person");
    expect(asked(two, approveFor("park"), operator)).toContain("right: local:root is no person");
  });
});

describe("two people", () => {
  const proposal = proposed(approveFor("park"));

  it("are not one with two tokens, a session or the socket", () => {
    for (const via of ["token", "session", "socket"] as const) {
      expect(confirmed(two, proposal, { ...kim, via })).toBe(
        "right: kim proposed this; somebody else has to confirm it",
      );
    }
  });

  it("are not a person and a machine, or the operator", () => {
    expect(confirmed(two, proposal, aCaller("admin"))).toContain("right: token:ci is nobody who could confirm");
    expect(confirmed(two, proposal, operator)).toContain("right: local:root is nobody who could confirm");
  });

  it("are both administrators: by their rights now, and by those of the token that is shown", () => {
    expect(confirmed(two, proposal, aPerson("park", "admin"))).toContain("right: park is nobody");
    expect(confirmed(two, proposal, aPerson("lee", "view"))).toContain("right: lee is nobody");
    const deposed = founded(person("kim"), admin("lee"), person("park"));
    expect(confirmed(deposed, proposal, lee)).toContain("state: kim, who proposed this");
    const disabled = founded(admin("kim", { disabled: true }), admin("lee"), person("park"));
    expect(confirmed(disabled, proposal, lee)).toContain("state: kim, who proposed this");
  });

  it("agree in time, and about what still makes sense", () => {
    expect(said(judgeConfirmation(two, proposal, lee, 2000))).toContain("too long ago");
    const granted = founded(admin("kim"), admin("lee"), person("park", { grants: [everywhere("approve")] }));
    expect(confirmed(granted, proposal, lee)).toBe("state: park may approve everywhere already");
  });

  it("are still two when one first gets rid of the other", () => {
    expect(asked(two, { kind: "disable", login: "lee" })).toBe("apply");
    const left = founded(admin("kim"), admin("lee", { disabled: true }), person("park"));
    expect(asked(left, approveFor("park"))).toBe("propose");
    expect(asked(left, approveFor("kim"))).toBe("propose");
    const deposed = founded(admin("kim"), person("lee"), person("park"));
    expect(asked(deposed, { kind: "grant", login: "park", grant: everywhere("admin") })).toBe("propose");
  });

  it("are still two when one makes another account, or gets into that of the other", () => {
    const withSecond = founded(...two.people, person("kim2"));
    expect(asked(withSecond, { kind: "grant", login: "kim2", grant: everywhere("admin") })).toBe("propose");
    expect(asked(two, { kind: "sign-in-code", login: "lee" })).toBe("propose");
    expect(asked(two, { kind: "add", login: "lee", details: {}, firstAdmin: false })).toContain(
      "state: there is somebody",
    );
    expect(asked(two, { kind: "add", login: "lee", details: {}, firstAdmin: true }, operator)).toContain(
      "administrates already",
    );
  });

  it("are whoever proposed it and the operator, where there is nobody else", () => {
    const alone = founded(admin("kim"), admin("lee", { disabled: true }), person("park"));
    expect(confirmed(alone, proposal, operator)).toBe(
      "alone: there was nobody else to confirm it; confirmed at the socket",
    );
    expect(confirmed(alone, proposal, { ...kim, via: "socket" })).toContain("right: kim proposed this");
    const code = proposed({ kind: "sign-in-code", login: "lee" });
    expect(confirmed(two, code, operator)).toContain("alone: there was nobody else");
  });
});

describe("the first administrator", () => {
  const first: Amendment = { kind: "add", login: "kim", details: { name: "Kim" }, firstAdmin: true };
  const nobody: Book = { people: [], founded: false };

  it("is made over the socket, while there is none", () => {
    const judgement = judge(nobody, first, operator, now);
    expect(said(judgement)).toBe("alone: there was nobody who administrates");
    expect(judgement).toMatchObject({
      set: { name: "Kim", grants: [everywhere("admin"), everywhere("view"), everywhere("audit")] },
    });
    expect(asked(nobody, first, aCaller("admin"))).toContain("right: the first administrator is made on the server");
    expect(asked(two, { ...first, login: "hong" }, operator)).toContain("right: kim administrates already");
  });

  it("changes everything alone until there has been a second one", () => {
    const one: Book = { people: [admin("kim"), person("lee")], founded: false };
    expect(asked(one, approveFor("kim"))).toBe("alone: nobody else has ever administrated here");
    const second = judge(one, { kind: "grant", login: "lee", grant: everywhere("admin") }, kim, now);
    expect(second).toMatchObject({ kind: "apply", founds: true });
    expect(judge(one, approveFor("lee"), kim, now)).toMatchObject({ founds: false });
  });

  it("comes back when none is left, or the only one can't sign in", () => {
    const none = founded(admin("kim", { disabled: true }));
    const back = judge(none, first, operator, now);
    expect(back).toMatchObject({ kind: "apply", set: { disabled: false } });
    const code: Amendment = { kind: "sign-in-code", login: "kim" };
    expect(asked(founded(admin("kim")), code, operator)).toContain("alone: the only one who administrates");
    expect(asked(two, code, operator)).toContain("right: local:root is no person");
  });

  it("is not the last one to go", () => {
    const one = founded(admin("kim"), person("lee"));
    expect(asked(one, { kind: "disable", login: "kim" })).toContain("state: kim is the last one");
    expect(asked(one, { kind: "revoke", login: "kim", grant: everywhere("admin") })).toContain("the last one");
  });
});

describe("one's own business", () => {
  const park = aPerson("park");

  it("is how to be reached, and when to be away", () => {
    expect(asked(two, { kind: "set", login: "park", details: { language: "ko", contacts: [] } }, park)).toBe("apply");
    expect(asked(two, { kind: "away", login: "park", absence: { from: 1, until: 2000, standIn: null } }, park)).toBe(
      "apply",
    );
    expect(asked(two, { kind: "back", login: "park" }, park)).toBe("apply");
  });

  it.each<Amendment>([
    { kind: "back", login: "lee" },
    { kind: "set", login: "park", details: { name: "Kim" } },
    { kind: "set", login: "park", details: { commitMails: [] } },
    { kind: "set", login: "park", details: { most: { open: 0 } } },
    { kind: "grant", login: "park", grant: everywhere("view") },
    { kind: "sign-in-code", login: "park" },
    { kind: "enable", login: "park" },
  ])("is not %j", (amendment) => {
    expect(asked(two, amendment, park)).toContain("right: park may not change this");
  });
});

describe("what makes no sense", () => {
  const book = founded(...two.people, person("moon", { commitMails: ["Moon@Example.com"], disabled: true }));

  it.each<readonly [Amendment, string]>([
    [{ kind: "grant", login: "nobody-there", grant: everywhere("view") }, "there is nobody with the login"],
    [{ kind: "add", login: "root", details: {}, firstAdmin: false }, "root can't be a person"],
    [{ kind: "add", login: "token:ci", details: {}, firstAdmin: false }, "can't be a login"],
    [{ kind: "add", login: "Kim", details: {}, firstAdmin: false }, "can't be a login"],
    [{ kind: "grant", login: "park", grant: { right: "admin", environment: "dev" } }, "does it everywhere"],
    [
      { kind: "revoke", login: "kim", grant: { right: "admin", environment: "dev" } },
      "can be revoked is: admin everywhere",
    ],
    [{ kind: "set", login: "park", details: { commitMails: ["moon@example.com"] } }, "those of moon already"],
    [{ kind: "leave", login: "park", group: "leads" }, "park is not in the group leads"],
    [{ kind: "disable", login: "moon" }, "disabled already"],
    [{ kind: "enable", login: "park" }, "is not disabled"],
    [{ kind: "sign-in-code", login: "moon" }, "can't sign in"],
    [{ kind: "away", login: "park", absence: { from: 5, until: 5, standIn: null } }, "ends after it begins"],
    [{ kind: "away", login: "park", absence: { from: 5, until: 1000, standIn: null } }, "over already"],
    [{ kind: "away", login: "park", absence: { from: 5, until: 2000, standIn: "park" } }, "stand in for park"],
    [{ kind: "away", login: "park", absence: { from: 5, until: 2000, standIn: "moon" } }, "nobody with the login moon"],
  ])("is refused: %j", (amendment, why) => {
    expect(asked(book, amendment)).toContain(why);
  });

  it("keeps absences that are over, by which the rotation counts, until they are long over", () => {
    const day = 24 * 60 * 60 * 1000;
    const later = 1000 * day;
    const recent = { from: later - 10 * day, until: later - 3 * day, standIn: null };
    const old = { from: 1, until: 2, standIn: null };
    const next = { from: later, until: later + day, standIn: null };
    const book = founded(admin("kim"), person("park", { absences: [old, recent] }));
    const judgement = judge(book, { kind: "away", login: "park", absence: next }, kim, later);
    expect(judgement).toMatchObject({ set: { absences: [recent, next] } });
  });

  it("forgets absences that are to come, ends the one that is, and keeps those that were", () => {
    const absences = [
      { from: 1, until: 500, standIn: null },
      { from: 900, until: 1500, standIn: "kim" },
      { from: 1600, until: 1700, standIn: null },
    ];
    const book = founded(admin("kim"), person("park", { absences }));
    expect(judge(book, { kind: "back", login: "park" }, kim, now)).toMatchObject({
      set: { absences: [absences[0], { from: 900, until: 1000, standIn: "kim" }] },
    });
  });
});
