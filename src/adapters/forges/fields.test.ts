import { describe, expect, it } from "vitest";

import { Unreadable, field, personOf, repositoryOf, revisionOf } from "./fields.ts";

describe("someone in a payload", () => {
  it("is who it says, in any script", () => {
    expect(personOf(42, "kim-민준", "kim@acme.example", " 김민준 🚦 ")).toEqual({
      id: "42",
      login: "kim-민준",
      mail: "kim@acme.example",
      name: "김민준 🚦",
    });
    expect(personOf("557058:1d2c", "a", "", null)).toEqual({ id: "557058:1d2c", login: "a" });
  });

  it.each([
    "kim\u0000",
    "kim\u200b",
    "\u202ekim",
    "kim\u00ad",
    "kim\ud800",
    "kim\n",
    " kim",
    "ki m",
    "kim@acme",
    "<kim>",
    "kim\u0065\u0301",
    "../kim",
    "",
    "x".repeat(200),
    {},
    ["kim"],
    1,
    null,
  ])("has no login when it is %j, rather than one that was mended", (login) => {
    expect(personOf(undefined, login, undefined, undefined)).toEqual({});
  });

  it.each([
    "kim",
    "[REDACTED]",
    "kim@a@b",
    "kim@",
    "@acme",
    "kim@acme\u200b",
    "kim @acme",
    "<kim@acme>",
    "kim@acme\r\nBcc: x",
  ])("has no mail address when it is %j", (mail) => {
    expect(personOf(undefined, undefined, mail, undefined)).toEqual({});
  });

  it("has no id that is not exact", () => {
    for (const id of [2 ** 60, 1.5, Number.NaN, "", "a b", "x".repeat(200), {}, true])
      expect(personOf(id, undefined, undefined, undefined)).toEqual({});
  });

  it("is shown with a name that no terminal obeys, and that is not endless", () => {
    expect(personOf(undefined, undefined, undefined, "Kim\u001b[2J\u202e\u0000\ud800\u2028x")).toEqual({
      name: "Kim\ufffd[2J\ufffdx",
    });
    expect(personOf(undefined, undefined, undefined, "🚦".repeat(5000)).name).toBe("🚦".repeat(100));
    expect(personOf(undefined, undefined, undefined, " \n ")).toEqual({ name: "\ufffd" });
  });
});

describe("a field", () => {
  it("is its own, not one of the prototype", () => {
    expect(field({}, "toString")).toBeUndefined();
    expect(
      field(JSON.parse('{"__proto__":{"ref":"refs/heads/main"}}') as Record<string, unknown>, "ref"),
    ).toBeUndefined();
    expect(field({ ref: null }, "ref")).toBeUndefined();
  });

  it("with a revision has a whole one, or none", () => {
    expect(revisionOf({ after: "a".repeat(40) }, "after")).toBe("a".repeat(40));
    expect(revisionOf({ after: "a".repeat(64) }, "after")).toBe("a".repeat(64));
    expect(revisionOf({ after: "0".repeat(64) }, "after")).toBeUndefined();
    for (const after of ["main", "a".repeat(39), "A".repeat(40), `${"a".repeat(40)}\n`, 1e39, null, undefined])
      expect(() => revisionOf({ after }, "after")).toThrow(Unreadable);
  });

  it("with a repository has a name and at least one address", () => {
    const address = "https://git.example/acme/orders";
    expect(repositoryOf("acme/orders", [null, "no address", address, address, 1])).toEqual({
      name: "acme/orders",
      addresses: [address],
    });
    expect(() => repositoryOf("acme/orders", [null, "no address", "ext::sh"])).toThrow(Unreadable);
    for (const name of ["orders", "acme/or ders", "/orders", "acme/", "acme/\u001b", "", null, 1, "x/".repeat(400)])
      expect(() => repositoryOf(name, [address])).toThrow(Unreadable);
  });
});
