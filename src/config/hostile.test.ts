import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { explain } from "./explain.ts";
import { small, trafficExample, wholeExample } from "./examples.fixture.ts";
import type { Configuration } from "./load.ts";
import { loadConfiguration } from "./load.ts";
import { ConfigurationError } from "./problems.ts";
import { placesOfServices, resolveTarget } from "./resolve.ts";
import { proxyPlacesOf } from "./proxies.ts";
import type { ProblemCode } from "./problems.ts";
import { mergeServiceFile } from "./service-file.ts";
import { limits } from "./yaml.ts";

function codes(text: string): readonly string[] {
  return [...new Set(loadConfiguration(text).problems.map(({ code }) => code))];
}

/** What holds can be resolved, or says in its own words why not yet. */
function resolveAll(configuration: Configuration): void {
  for (const host of configuration.fleet.keys()) proxyPlacesOf(configuration, host);
  for (const { service, environment } of placesOfServices(configuration)) {
    try {
      resolveTarget(configuration, service, environment);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
    }
  }
}

const bomb = `a: &a [x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
`;

/** Texts that must be refused, and the code that must be among the reasons. */
const refused: readonly (readonly [what: string, text: string, code: ProblemCode])[] = [
  ["nothing", "", "SB-CONFIG-TYPE"],
  ["only a comment", "# hello\n", "SB-CONFIG-TYPE"],
  ["a text", "hello", "SB-CONFIG-TYPE"],
  ["a number", "42", "SB-CONFIG-TYPE"],
  ["a list", "- a\n- b\n", "SB-CONFIG-TYPE"],
  ["an empty map", "{}", "SB-CONFIG-MISSING"],
  ["a billion laughs", bomb, "SB-CONFIG-ALIAS"],
  ["an anchor nobody uses", `${small()}  # &a\nserver: &a { data: /x }\n`, "SB-CONFIG-ALIAS"],
  ["an alias of nothing", "hosts: *missing\n", "SB-CONFIG-ALIAS"],
  ["an alias as a key", "hosts: &h { a: 1 }\n*h : 2\n", "SB-CONFIG-KEY"],
  ["an anchor at a key", "&k hosts: {}\n", "SB-CONFIG-ALIAS"],
  ["a circle of aliases", "hosts: &h { a: *h }\n", "SB-CONFIG-ALIAS"],
  ["a merge key", "hosts: { <<: { web-1: { address: a } } }\n", "SB-CONFIG-ALIAS"],
  ["a quoted merge key", 'hosts: { "<<": { web-1: { address: a } } }\n', "SB-CONFIG-ALIAS"],
  ["a local tag", "hosts: !mine {}\n", "SB-CONFIG-TAG"],
  ["a core tag", "hosts: !!map {}\n", "SB-CONFIG-TAG"],
  ["a tag that makes text", "server: { listen: !!str 1 }\n", "SB-CONFIG-TAG"],
  ["a function", 'hosts: !!js/function "function () {}"\n', "SB-CONFIG-TAG"],
  ["an object of python", "hosts: !!python/object/apply:os.system [id]\n", "SB-CONFIG-TAG"],
  ["a regular expression", "hosts: !!js/regexp /(a+)+$/\n", "SB-CONFIG-TAG"],
  ["binary data", "hosts: !!binary aGVsbG8=\n", "SB-CONFIG-TAG"],
  ["a set", "hosts: !!set { a, b }\n", "SB-CONFIG-TAG"],
  ["a tag without end", "hosts: !<tag:yaml.org,2002:str x\n", "SB-CONFIG-TAG"],
  ["a YAML directive", "%YAML 1.1\n---\nhosts: {}\n", "SB-CONFIG-DIRECTIVE"],
  ["a TAG directive", "%TAG ! tag:example.com,2000:\n---\nhosts: {}\n", "SB-CONFIG-DIRECTIVE"],
  ["two documents", `${small()}---\n${small()}`, "SB-CONFIG-DOCUMENTS"],
  ["the key __proto__", "hosts: { __proto__: { polluted: true } }\n", "SB-CONFIG-KEY"],
  ["the key __proto__ in quotes", '{ "__proto__": { polluted: true } }\n', "SB-CONFIG-KEY"],
  ["the key constructor", "hosts: { constructor: { prototype: { polluted: true } } }\n", "SB-CONFIG-KEY"],
  ["the key prototype", "hosts: { web-1: { prototype: { polluted: true } } }\n", "SB-CONFIG-KEY"],
  ["the key toString", "toString: 1\n", "SB-CONFIG-KEY"],
  ["the key hasOwnProperty for a host", "hosts: { hasOwnProperty: { address: a } }\n", "SB-CONFIG-NAME"],
  ["a key twice", "hosts: {}\nhosts: {}\n", "SB-CONFIG-DUPLICATE"],
  ["a key twice in a flow map", "hosts: { web-1: { address: a, address: b } }\n", "SB-CONFIG-DUPLICATE"],
  ["a key twice in two writings", 'hosts: { web-1: { address: a, "address": b } }\n', "SB-CONFIG-DUPLICATE"],
  ["a list as a key", "? [a, b]\n: c\n", "SB-CONFIG-KEY"],
  ["a map as a key", "? { a: b }\n: c\n", "SB-CONFIG-KEY"],
  ["an empty key", "? \n: c\n", "SB-CONFIG-KEY"],
  ["lists nested without end", "[".repeat(100_000), "SB-CONFIG-DEPTH"],
  ["maps nested without end", "{a: ".repeat(50_000), "SB-CONFIG-DEPTH"],
  ["block lists nested without end", "- ".repeat(100_000), "SB-CONFIG-DEPTH"],
  ["keys nested without end", "? ".repeat(100_000), "SB-CONFIG-DEPTH"],
  [
    "maps nested by indentation",
    Array.from({ length: 60 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    "SB-CONFIG-DEPTH",
  ],
  ["a file that is too large", `# ${"x".repeat(limits.bytes)}\n`, "SB-CONFIG-SIZE"],
  ["a file that is too large only in bytes", `# ${"한".repeat(limits.bytes / 2)}\n`, "SB-CONFIG-SIZE"],
  ["more parts than there can be sense", "]".repeat(200_000), "SB-CONFIG-SIZE"],
  ["a NUL", "hosts: {}\0\n", "SB-CONFIG-CHARACTER"],
  ["an escape sequence of a terminal", 'hosts: "\u001B[2J"\n', "SB-CONFIG-CHARACTER"],
  ["a lone carriage return", "hosts: {}\rservices: {}\r", "SB-CONFIG-CHARACTER"],
  ["a byte order mark in the middle", "hosts: {}\n\uFEFFservices: {}\n", "SB-CONFIG-CHARACTER"],
  ["an escaped NUL", small({ service: 'unit: { exec: ["node\\0"] }' }), "SB-CONFIG-VALUE"],
  [
    "an escaped line break in a command",
    small({ service: 'unit: { exec: ["node", "a\\nExecStartPre=+/bin/sh"] }' }),
    "SB-CONFIG-VALUE",
  ],
  [
    "a line break in a variable",
    small({ placement: 'hosts: [web-1], environment: { A: "x\\nUser=root" }' }),
    "SB-CONFIG-VALUE",
  ],
  [
    "a line break in a description",
    small({ service: 'unit: { exec: [a], description: "x\\nUser=root" }' }),
    "SB-CONFIG-VALUE",
  ],
  ["not a number", small({ service: "port: .nan" }), "SB-CONFIG-NUMBER"],
  ["infinity", small({ service: "port: .inf" }), "SB-CONFIG-NUMBER"],
  ["an octal number", small({ service: "port: 0o17" }), "SB-CONFIG-NUMBER"],
  ["a number with a leading zero", small({ service: "port: 0755" }), "SB-CONFIG-NUMBER"],
  ["a hexadecimal number", small({ service: "port: 0x1F90" }), "SB-CONFIG-NUMBER"],
  ["a number with an exponent", small({ service: "port: 8e3" }), "SB-CONFIG-NUMBER"],
  ["a number that loses digits", small({ service: "port: 12345678901234567890" }), "SB-CONFIG-NUMBER"],
  [
    "a commit that reads like a number",
    small({ service: "source: { git: /srv/x.git, branch: 1234e56 }" }),
    "SB-CONFIG-NUMBER",
  ],
  ["an unquoted version", small({ service: "runtime: { java: 1.10 }" }), "SB-CONFIG-TYPE"],
  [
    "a true that was meant as a text",
    small({ placement: "hosts: [web-1], environment: { A: true }" }),
    "SB-CONFIG-TYPE",
  ],
  ["a nothing that was meant as a text", small({ placement: "hosts: [web-1], environment: { A: }" }), "SB-CONFIG-TYPE"],
  ["a list that does not end", "hosts: [web-1\nservices: {}\n", "SB-CONFIG-SYNTAX"],
  ["a map that does not end", "hosts: { web-1: {\n", "SB-CONFIG-SYNTAX"],
  ["a text that does not end", 'hosts: "web\n', "SB-CONFIG-SYNTAX"],
  ["a tab as indentation", "hosts:\n\tweb-1: {}\n", "SB-CONFIG-SYNTAX"],
  ["an unknown escape", 'hosts: "\\q"\n', "SB-CONFIG-SYNTAX"],
  ["a key without a colon", "hosts\nservices: {}\n", "SB-CONFIG-SYNTAX"],
  ["a reserved character", "hosts: @x\n", "SB-CONFIG-SYNTAX"],
  ["a half of a surrogate pair", `hosts: { "\uD800": { address: a } }\n`, "SB-CONFIG-NAME"],
];

describe("a text that is not a configuration", () => {
  it.each(refused)("is refused: %s", (_what, text, code) => {
    const { configuration, problems } = loadConfiguration(text);
    expect(configuration).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.every(({ place }) => place !== undefined)).toBe(true);
    expect(problems.length).toBeLessThanOrEqual(limits.problems);
  });

  it("is never mistaken for the prototype of all objects", () => {
    loadConfiguration("__proto__: { polluted: 1 }\nhosts: { __proto__: { polluted: 1 } }\n");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("is refused before it is composed when it is nested too deeply", () => {
    const { problems } = loadConfiguration("[".repeat(200_000));
    expect(problems.map(({ code, place }) => [code, place?.column])).toEqual([["SB-CONFIG-DEPTH", limits.depth + 2]]);
  });

  it("is told about in a bounded way, however much is wrong with it", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: x`).join("\n");
    const { problems } = loadConfiguration(keys);
    expect(problems).toHaveLength(limits.problems);
    expect(JSON.stringify(problems).length).toBeLessThan(limits.problems * 1_000);
  });

  it("never makes the reader throw: any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect(explain(loadConfiguration(text).problems)).not.toBe("");
      }),
    );
  });

  it("never makes the reader throw: a valid file with something in the middle", () => {
    const noise = fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "\n",
        "&a ",
        "*a",
        "!!x ",
        "|",
        ">",
        "'",
        '"',
        "#",
        "? ",
        "~",
        "%",
        "---\n",
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(wholeExample, trafficExample),
        fc.nat(2_000),
        fc.nat(20),
        noise,
        (example, at, cut, inserted) => {
          const text = example.slice(0, at) + inserted + example.slice(at + cut);
          const { configuration, problems } = loadConfiguration(text);
          const errors = problems.filter(({ severity }) => severity === "error");
          expect(configuration === undefined).toBe(errors.length > 0);
          explain(problems);
          if (configuration !== undefined) resolveAll(configuration);
        },
      ),
      { numRuns: 500 },
    );
  }, 30_000);

  it("begins with examples that hold", () => {
    const { configuration, problems } = loadConfiguration(trafficExample);
    expect(problems).toEqual([]);
    expect(resolveTarget(configuration!, "mails", "production").traffic.kind).toBe("health");
  });

  it("never makes the reader of service files throw", () => {
    const { configuration } = loadConfiguration(wholeExample);
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        explain(mergeServiceFile(configuration!, "orders", text).problems);
      }),
    );
  });
});

describe("a text that looks odd and is right", () => {
  it.each([
    ["with a byte order mark", `\uFEFF${small()}`],
    ["with Windows line ends", small().replaceAll("\n", "\r\n")],
    ["without a last line end", small().trimEnd()],
    ["beginning with ---", `---\n${small()}`],
    ["ending with ...", `${small()}...\n`],
    ["as JSON", '{"hosts":{"a":{"address":"10.0.0.1"}},"services":{},"environments":{}}'],
    ["with comments everywhere", `# a\n${small().replaceAll("\n", " # b\n")}`],
    [
      "with YAML 1.1's yes and on as texts",
      small({ placement: "hosts: [web-1], environment: { A: yes, B: on, C: n }" }),
    ],
    ["with a date as a text", small({ placement: "hosts: [web-1], environment: { A: 2026-01-01 }" })],
    ["with a time as a text", small({ placement: "hosts: [web-1], environment: { A: 12:30:45 }" })],
    ["with a folded text", `${small()}        # x\n`],
    ["with 50 levels less one", small()],
  ])("is taken: %s", (_what, text) => {
    expect(codes(text).filter((code) => code !== "SB-CONFIG-INCOMPLETE")).toEqual([]);
  });

  it("is taken up to the size limit", () => {
    const text = small();
    const padded = `${text}#${"x".repeat(limits.bytes - Buffer.byteLength(text) - 1)}`;
    expect(codes(padded)).toEqual([]);
    expect(codes(`${padded}x`)).toEqual(["SB-CONFIG-SIZE"]);
  });
});
