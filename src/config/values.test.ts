import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";

import { durationText, millisecondsOf, secondsOf } from "./duration.ts";
import { gitUrlMistake, isBranchName } from "./git-url.ts";
import { publicKey } from "./examples.fixture.ts";
import { hostSchema } from "./host.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { looksSecret } from "./text.ts";
import {
  absolutePath,
  argumentList,
  localFile,
  memorySize,
  milliseconds,
  percentage,
  relativePath,
  runUser,
  serviceName,
  urlPath,
} from "./values.ts";

describe("a short duration", () => {
  it.each([
    ["20ms", 20],
    ["0ms", 0],
    ["2s", 2_000],
  ])("%s is %i milliseconds", (text, wanted) => {
    expect(millisecondsOf(text)).toBe(wanted);
  });

  it.each(["", "20", "ms", "1m", "1s20ms", "-1ms", "1.5s", "20 ms", "99999999ms"])("is never %j", (text) => {
    expect(millisecondsOf(text)).toBeNaN();
  });

  it("has bounds", () => {
    const schema = milliseconds({ min: "2ms", max: "1s" });
    expect(["1ms", "2ms", "1s", "1001ms"].map((text) => schema.safeParse(text).success)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe("a percentage", () => {
  it.each([
    ["75%", 0.75],
    ["0%", 0],
    ["100%", 1],
    ["0.01%", 0.0001],
  ])("%s is %d of one", (text, wanted) => {
    expect(percentage().parse(text)).toBe(wanted);
  });

  it.each(["", "75", "%", "101%", "-1%", "1,5%", ".5%", "75 %", "1e1%", 0.75])("is never %j", (text) => {
    expect(percentage().safeParse(text).success).toBe(false);
  });

  it("has bounds", () => {
    expect(["0.5%", "1%", "20%", "21%"].map((text) => percentage({ min: 1, max: 20 }).safeParse(text).success)).toEqual(
      [false, true, true, false],
    );
  });
});

describe("a duration", () => {
  it.each([
    ["0s", 0],
    ["30s", 30],
    ["5m", 300],
    ["1h30m", 5_400],
    ["1d", 86_400],
    ["1d1h1m1s", 90_061],
    ["90m", 5_400],
  ])("%s is %i seconds", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(["", "5", "s", "m5", "5 m", "-5m", "1.5h", "5M", "5ms", "1m1h", "5m5m", "1e3s", "99999999999s", "5m "])(
    "is never %j",
    (text) => {
      expect(secondsOf(text)).toBeNaN();
    },
  );

  it("is written in a form that reads back as the same", () => {
    fc.assert(fc.property(fc.nat(10_000_000), (seconds) => secondsOf(durationText(seconds)) === seconds));
  });
});

describe("a repository's address", () => {
  it.each([
    "https://git.example.com/shop/orders.git",
    "https://kim@git.example.com/shop/orders.git",
    "https://git.example.com:8443/shop/orders",
    "HTTPS://git.example.com/shop/orders.git",
    "ssh://git@git.example.com/shop/orders.git",
    "ssh://git@git.example.com:2222/~kim/orders.git",
    "ssh://git@[2001:db8::1]/orders.git",
    "git@git.example.com:shop/orders.git",
    "git.example.com:shop/orders.git",
    "/srv/git/orders.git",
    "file:///srv/git/orders.git",
  ])("may be %s", (text) => {
    expect(gitUrlMistake(text)).toBeUndefined();
  });

  it.each([
    ["https://bob:hunter2@git.example.com/x.git", "has a password in it"],
    ["ssh://git:hunter2@git.example.com/x.git", "has a password in it"],
    ["bob:hunter2@git.example.com:x.git", "has a password in it"],
    ["https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/x.git", "has a token in it"],
    ["https://glpat-abc@gitlab.com/x.git", "has a token in it"],
    ["http://git.example.com/x.git", "must use https, ssh or file, not http"],
    ["git://git.example.com/x.git", "must use https, ssh or file, not git"],
    ["ftp://git.example.com/x.git", "must use https, ssh or file, not ftp"],
    ["ext::sh -c id", "must not have spaces, control characters or letters beyond ASCII in it"],
    ["ext::sh", "names a transport of its own; https, ssh and file are taken"],
    ["EXT::sh", "names a transport of its own; https, ssh and file are taken"],
    ["fd::17", "names a transport of its own; https, ssh and file are taken"],
    ["--upload-pack=id", "must not begin with '-': git would take it for an option"],
    ["-oProxyCommand=id:x", "must not begin with '-': git would take it for an option"],
    ["ssh://-oProxyCommand=id/x.git", "has an odd host name in it"],
    ["ssh://%2DoProxyCommand=id/x.git", "has an odd host name in it"],
    ["ssh://-x@git.example.com/x.git", "has an odd user name in it"],
    ["git@-host:x.git", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["git@host:-x.git", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["-git@host:x.git", "must not begin with '-': git would take it for an option"],
    ["https://git.example.com/-x", "has an odd path in it"],
    ["https://git.example.com/", "has an odd path in it"],
    ["https://git.example.com/x.git?token=1", "must not have a query or a fragment"],
    ["https://git.example.com/x.git#a", "must not have a query or a fragment"],
    ["https://git.example.com/$(id)", "has an odd path in it"],
    ["https://", "cannot be read as an address"],
    ["file://host/srv/x.git", "must be file:// and a plain absolute path"],
    ["file:///srv/../etc/x.git", "must be file:// and a plain absolute path"],
    ["/srv/../etc/x.git", "is not a plain absolute path"],
    ["/srv/a b", "must not have spaces, control characters or letters beyond ASCII in it"],
    ["/srv/$(id)", "is not a plain absolute path"],
    ["relative/path", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["../up", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["C:\\\\x", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["", "must be an https://, ssh:// or file:// address, or user@host:path"],
    ["https://git.example.com/x\n.git", "must not have spaces, control characters or letters beyond ASCII in it"],
    ["https://gіt.example.com/x.git", "must not have spaces, control characters or letters beyond ASCII in it"],
  ])("may not be %j: it %s", (text, mistake) => {
    expect(gitUrlMistake(text)).toBe(mistake);
  });

  it("never shows up in what is said about it, and never begins with a dash when it is taken", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z0-9]{8,12}$/), (text, password) => {
        expect(gitUrlMistake(`https://bob:${password}@example.com/x.git`)).not.toContain(password);
        expect(gitUrlMistake(text) === undefined && /^-|[\0-\x20]/.test(text)).toBe(false);
      }),
    );
  });
});

describe("a branch", () => {
  it.each(["main", "release/1.2", "feature/주문", "a-b_c.d", "v1", "x@y"])("may be %s", (name) => {
    expect(isBranchName(name)).toBe(true);
  });

  it.each([
    "",
    "-x",
    "--upload-pack=x",
    "a..b",
    "a b",
    "a\nb",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    "a.lock",
    "a.lock/b",
    ".a",
    "a/.b",
    "a.",
    "@",
    "a@{1}",
    "a\x7F",
  ])("may not be %j", (name) => {
    expect(isBranchName(name)).toBe(false);
  });
});

describe("the small values", () => {
  const rows: readonly (readonly [
    what: string,
    schema: z.ZodType,
    taken: readonly unknown[],
    refused: readonly unknown[],
  ])[] = [
    [
      "service names",
      serviceName,
      ["orders", "a", "0a-b"],
      ["", "-a", "A", "a_b", "a.b", "a/b", "a".repeat(64), "systemd", "signalbox", "a\n"],
    ],
    ["run users", runUser, ["orders", "_x", "a-b"], ["root", "", "-a", "A", "0a", "a".repeat(33), "a:b"]],
    [
      "absolute paths",
      absolutePath,
      ["/srv", "/srv/a-b_c.d@e+f"],
      ["", "/", "srv", "/srv/", "//srv", "/srv/..", "/srv/./a", "/a b", "/$x", "/a\n"],
    ],
    ["files", localFile, ["/a", "~/.ssh/id_ed25519"], ["~", "~kim/x", "a", "~/../x", "~//x"]],
    [
      "relative paths",
      relativePath,
      [".", "a", "build/libs/a.jar", "a b"],
      ["", "/a", "..", "../a", "a/..", "a/../b", "-a", "a\nb", "a\\b"],
    ],
    ["paths of requests", urlPath, ["/", "/healthz", "/a?b=c"], ["", "healthz", "/a b", "/a\n", "/ä"]],
    ["sizes", memorySize, ["1K", "512M", "2G", "1T"], ["", "0M", "512", "512MB", "1.5G", "512m", 512]],
    [
      "commands",
      argumentList,
      [["a"], ["/bin/a", "-b", "c d", ""]],
      [[], [""], ["-a"], [" a"], ["a", "b\n"], ["a", "\0"], "a", ["a", 1]],
    ],
    [
      "addresses",
      hostSchema.shape.address,
      ["10.0.0.1", "web-1.example.com", "::1", "fe80::1%eth0", "a_b"],
      ["", "-a", "a b", "a@b", "10.0.0.1:22x", "a/b", "a\n", "$(id)", "a;b"],
    ],
    [
      "public keys",
      hostSchema.shape.hostKey,
      [publicKey, `${publicKey} kim@laptop`, [publicKey]],
      [
        "",
        [],
        "ssh-ed25519",
        publicKey.replace("ssh-ed25519", "ssh-rsa"),
        publicKey.slice(12),
        `x ${publicKey}`,
        `${publicKey}\n`,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
      ],
    ],
  ];

  it.each(rows)("of %s are taken and refused", (_what, schema, taken, refused) => {
    expect(taken.filter((value) => !schema.safeParse(value).success)).toEqual([]);
    expect(refused.filter((value) => schema.safeParse(value).success)).toEqual([]);
  });
});

describe("a text that is far too long", () => {
  it.each([
    ["an address", hostSchema.shape.address, ":"],
    ["an absolute path", absolutePath, "/a"],
    ["a file", localFile, "/a"],
    ["a relative path", relativePath, "a/"],
    ["a path of a request", urlPath, "/a"],
  ])("as %s is refused before any pattern runs over it", (_what, schema, unit) => {
    expect(schema.safeParse(unit.repeat(100_000)).error?.issues.map(({ code }) => code)).toEqual(["too_big"]);
  });

  it("as a repository or a branch is refused by its length", () => {
    expect(gitUrlMistake(`/${"a".repeat(100_000)}!`)).toBe("has more than 2048 characters");
    expect(isBranchName("a".repeat(251))).toBe(false);
  });

  it("as a path of a repository is read once, not once per way to cut it", () => {
    expect(gitUrlMistake(`/${"a".repeat(2_000)}!`)).toBe("is not a plain absolute path");
  });
});

describe("a guess", () => {
  it.each([
    ["usr", "user"],
    ["hostkey", "hostKey"],
    ["host-key", "hostKey"],
    ["batchSize", "batch"],
    ["stratgey", "strategy"],
    ["approvals", "approval"],
  ])("for %s is %s", (word, guess) => {
    expect(nearest(word, ["user", "hostKey", "batch", "strategy", "approval", "zone"])).toBe(guess);
  });

  it("is not made when nothing is near, nor for a word of any length", () => {
    expect(didYouMean("xyzzy", ["user", "zone"])).toBeUndefined();
    expect(nearest("a".repeat(100_000), ["user"])).toBeUndefined();
  });
});

describe("a variable's name", () => {
  it.each(["DB_PASSWORD", "API_TOKEN", "clientSecret", "AWS_SECRET_ACCESS_KEY", "PRIVATE_KEY", "apikey"])(
    "%s looks secret",
    (name) => {
      expect(looksSecret(name)).toBe(true);
    },
  );

  it.each(["DB_HOST", "PASSWORD_FILE", "TOKEN_URL", "SECRET_NAME", "SESSION_TOKEN_TTL", "KEYBOARD"])(
    "%s does not",
    (name) => {
      expect(looksSecret(name)).toBe(false);
    },
  );
});
