import { describe, expect, it } from "vitest";

import { GitFailed } from "../../ports/git.ts";
import { readAddress, readRelativeAddress } from "./address.ts";

const near = new Set(["127.0.0.1", "git.internal", "10.1.2.3", "[::1]", "git.example.com", "8.8.8.8"]);
const read = (git: string): ReturnType<typeof readAddress> => readAddress(git, near);

const secret = "hunter2hunter2";

const refused: readonly string[] = [
  "",
  "orders.git",
  "../orders.git",
  "ext::sh -c touch% canary",
  "ext::sh",
  "EXT::sh",
  "fd::17",
  "ext://x/y",
  "git://git.example.com/shop.git",
  "ftp://git.example.com/shop.git",
  "rsync://git.example.com/shop.git",
  "javascript://git.example.com/shop.git",
  "https://",
  "https:///shop.git",
  "https://git.example.com",
  "ssh://-oProxyCommand=touch/x",
  "ssh://-oProxyCommand=touch@host/x",
  "ssh://git@-oProxyCommand=x/x",
  "-oProxyCommand=x:shop.git",
  "git@-oProxyCommand=x:shop.git",
  "git@host:-x",
  "ssh://git@host/-x",
  "ssh://git@host:22x/shop.git",
  "ssh://git@host:999999/shop.git",
  "https://host\nx/shop.git",
  "https://host /shop.git",
  "https://git.example.com/shop.git?private_token=x",
  "https://git.example.com/shop.git#x",
  "https://git.example.com/sh\\op.git",
  "https://①②⑦.⓪.⓪.①/shop.git",
  "file://relative/shop.git",
  "file:///srv/../etc/shop.git",
  "/srv/git/../../etc",
  "/srv//git",
  "http://git.example.com/shop.git",
  "http://8.8.8.8/shop.git",
  "http://192.168.1.1/shop.git",
  `https://kim:${secret}@git.example.com/shop.git`,
  `https://:${secret}@git.example.com/shop.git`,
  `http://kim:${secret}@127.0.0.1/shop.git`,
  `ssh://git:${secret}@git.example.com/shop.git`,
  `https://ghp_${secret}@git.example.com/shop.git`,
  `https://${secret.repeat(3)}@git.example.com/shop.git`,
  `https://git.example.com/${"x".repeat(2048)}`,
];

describe("the address of a repository", () => {
  it.each(refused)("is refused, and no secret of it is repeated: %j", (git) => {
    const failure = ((): unknown => {
      try {
        return read(git);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(GitFailed);
    expect(failure).toMatchObject({ because: "refused" });
    expect((failure as Error).message).not.toContain(secret);
  });

  it.each([
    ["https://git.example.com/shop/orders.git", "https", "git.example.com/shop/orders.git"],
    ["HTTPS://git.example.com:8443/orders.git", "https", "git.example.com:8443/orders.git"],
    ["https://kim@git.example.com/orders.git", "https", "git.example.com/orders.git"],
    ["ssh://git@git.example.com:2222/orders.git", "ssh", "git.example.com:2222/orders.git"],
    ["git@git.example.com:shop/orders.git", "ssh", "git.example.com/shop/orders.git"],
    ["git@[::1]:/srv/orders.git", "ssh", "[::1]/srv/orders.git"],
    ["http://127.0.0.1:3000/orders.git", "http", "127.0.0.1:3000/orders.git"],
    ["http://git.internal/orders.git", "http", "git.internal/orders.git"],
    ["/srv/git/orders.git", "file", "/srv/git/orders.git"],
    ["file:///srv/git/orders.git", "file", "/srv/git/orders.git"],
  ])("may be %s", (git, protocol, title) => {
    expect(read(git)).toMatchObject({ protocol, title });
  });

  it("allows http only to near hosts that the settings name", () => {
    expect(() => readAddress("http://127.0.0.1/orders.git", new Set())).toThrow(/unencrypted/);
  });

  it.each([
    ["https://git.example.com/shop/orders.git", "../stock.git", "https://git.example.com/shop/stock.git"],
    ["https://git.example.com/shop/orders.git", "../../lib/x", "https://git.example.com/lib/x"],
    ["ssh://git@host/shop/orders.git", "./inner.git", "ssh://git@host/shop/orders.git/inner.git"],
    ["git@host:shop/orders.git", "../stock.git", "git@host:shop/stock.git"],
    ["/srv/git/orders.git", "../stock.git", "/srv/git/stock.git"],
    ["/srv/git/orders.git", "https://git.example.com/x.git", "https://git.example.com/x.git"],
  ])("of a submodule of %s may be %s", (parent, url, expected) => {
    expect(readRelativeAddress(url, read(parent), near).url).toBe(expected);
  });

  it("of a submodule can't lead to another server by dots", () => {
    expect(() => readRelativeAddress("../../../../x", read("git@host:shop/orders.git"), near)).toThrow(GitFailed);
  });
});
