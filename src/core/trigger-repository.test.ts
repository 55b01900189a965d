import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isSameRepository, nameOnForge, repositoryIdentity } from "./trigger-repository.ts";

/** Any UTF-16, halves of characters too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 50 })
  .map((units) => String.fromCharCode(...units));

describe("the identity of a repository", () => {
  it.each([
    "https://github.com/acme/orders",
    "https://github.com/acme/orders.git",
    "https://github.com/acme/orders.git/",
    "https://GitHub.com/Acme/Orders",
    "https://kim@github.com:443/acme/orders",
    "http://github.com/acme/orders",
    "ssh://git@github.com/acme/orders.git",
    "ssh://git@github.com:22/acme/orders",
    "ssh://git@ssh.github.com:443/acme/orders.git",
    "git://github.com/acme/orders.git",
    "git@github.com:acme/orders.git",
    "git@github.com:/acme/orders.git",
    "github.com:acme/orders",
    "https://github.com./acme/./orders//",
    "https://github.com/%61cme/orders",
  ])("is the same for %s", (address) => {
    expect(repositoryIdentity(address)).toBe("github.com/acme/orders");
  });

  it.each([
    ["/srv/git/Orders.git", "file:/srv/git/Orders"],
    ["file:///srv/git/Orders", "file:/srv/git/Orders"],
    ["/srv/app/.git", "file:/srv/app"],
    ["ssh://git@[2001:db8::1]:2222/x/y", "[2001:db8::1]/x/y"],
    ["git@[2001:db8::1]:x/y.git", "[2001:db8::1]/x/y"],
    ["ssh://host/~kim/orders", "host/~kim/orders"],
    ["https://gitlab.com/a/b/c/orders", "gitlab.com/a/b/c/orders"],
    ["https://git.example/주문/orders", "git.example/주문/orders"],
  ])("of %s is %s", (address, identity) => {
    expect(repositoryIdentity(address)).toBe(identity);
  });

  it.each([
    "",
    "orders",
    "github.com/acme/orders",
    "https://github.com",
    "https://github.com/",
    "https:///acme/orders",
    "https://github.com/acme/../orders",
    "https://github.com/%2e%2e/orders",
    "https://github.com/acme/%00",
    "https://github.com/%zz",
    "https://github.com/acme/orders?x=1",
    "https://github.com/acme/orders#x",
    "https://github.com:port/acme/orders",
    "https://-evil/acme/orders",
    "file://host/srv/git",
    "ext::sh -c id",
    "ext::sh",
    "javascript://github.com/acme/orders",
    "git@github.com:acme/orders\n",
    "C:\\git\\orders",
    "/../..",
    `https://github.com/${"x".repeat(2100)}`,
    "https://github.com/\ud800",
  ])("of %j is none", (address) => {
    expect(repositoryIdentity(address)).toBeUndefined();
    expect(isSameRepository([address], address)).toBe(false);
  });

  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const host = fc.tuple(label, label).map((labels) => labels.join("."));
  const part = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,8}$/);
  const path = fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/"));
  const port = fc.integer({ min: 1, max: 65_535 });
  const end = fc.constantFrom("", ".git", "/", ".git/");
  const forms = (at: string, port: number, path: string, end: string): readonly string[] => [
    `https://${at}/${path}${end}`,
    `https://${at}:${port}/${path}${end}`,
    `http://${at.toUpperCase()}/${path}${end}`,
    `ssh://git@${at}/${path}${end}`,
    `ssh://git@${at}:${port}/${path}${end}`,
    `git@${at}:${path}${end}`,
    `git@${at}:/${path}${end}`,
    `${at}:${path.toUpperCase()}${end}`,
  ];

  it("is one for all forms of an address, and another one for another repository", () => {
    fc.assert(
      fc.property(host, path, path, port, end, (at, one, other, port, end) => {
        const identities = forms(at, port, one, end).map(repositoryIdentity);
        expect(new Set(identities).size).toBe(1);
        expect(nameOnForge(identities[0]!)).toBe(one.toLowerCase());
        expect(isSameRepository(forms(at, port, one, end), `https://${at}/${other}`)).toBe(
          one.toLowerCase() === other.toLowerCase(),
        );
        expect(isSameRepository(forms(at, port, one, end), `https://x.${at}/${one}`)).toBe(false);
        expect(repositoryIdentity(`https://${identities[0]!}`)).toBe(identities[0]);
      }),
    );
  });

  it("is never a throw, and has no white space", () => {
    const pieces = fc.constantFrom(
      "https://",
      "ssh://",
      "git@",
      "@",
      ":",
      "/",
      "..",
      ".git",
      "%2f",
      "%0a",
      "[",
      "]",
      " ",
      "a.b",
    );
    const text = fc.oneof(
      anyText,
      fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 12 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (address) => {
        expect(repositoryIdentity(address) ?? "x").toMatch(/^[^\s\p{C}]+$/u);
      }),
      { numRuns: 500 },
    );
  });
});
