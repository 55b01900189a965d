import { describe, expect, it } from "vitest";

import { SettingsRefused } from "../core/settings.ts";
import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";
import { checkServiceFile } from "./service-file.ts";
import { settingsOf } from "./settings.ts";

/** What is wrong with it, in the order of the file. */
const mistakes = (text: string): readonly string[] =>
  loadConfiguration(text)
    .problems.filter(({ severity }) => severity === "error")
    .map(({ path, message }) => `${path}: ${message}`);

const settings = (text: string) => {
  const { configuration, problems } = loadConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return settingsOf(() => configuration);
};

describe("a reference to a secret", () => {
  it.each([
    small({ service: 'unit: { exec: [a] }, environment: { A: "x-${secret:B}-y" }' }),
    small({ placement: 'hosts: [web-1], environment: { A: "${secret:B}" }' }),
    small({ environment: 'environment: { A: "${secret:B}" }' }),
    small({ service: 'hooks: [{ at: after-build, run: [a], environment: { A: "${secret:B}" } }]' }),
    small({ environment: 'hooks: [{ at: after-build, run: [a], environment: { A: "${secret:B}" } }]' }),
    small({ service: 'migration: { id: a, kind: expand, run: [a], environment: { A: "${secret:B}" } }' }),
  ])("may stand in a variable: %#", (text) => {
    expect(mistakes(text)).toEqual([]);
    expect(settings(text).secretReferences()).toEqual([{ service: "orders", environment: "production", names: ["B"] }]);
  });

  it("stays a reference in the target, never a value", () => {
    const text = small({
      service:
        'unit: { exec: [a] }, environment: { A: "${secret:B}" }, ' +
        'hooks: [{ at: after-rollout, run: [a], environment: { C: "${secret:D}" } }], ' +
        'migration: { id: a, kind: expand, run: [a], environment: { E: "${secret:F}" } }',
    });
    const target = settings(text).target("orders", "production");
    expect(target.variables).toEqual({ A: "${secret:B}" });
    expect(target.hooks[0]?.variables).toEqual({ C: "${secret:D}" });
    expect(target.migration?.variables).toEqual({ E: "${secret:F}" });
    expect(settings(text).secretReferences()[0]?.names).toEqual(["B", "D", "F"]);
  });

  it.each([
    ['unit: { exec: [a, "--password=${secret:B}"] }', "services.orders.unit.exec[1]: A secret can't be an argument"],
    [
      'hooks: [{ at: after-build, run: [a, "${secret:B}"] }]',
      "services.orders.hooks[0].run[1]: A secret can't be an argument",
    ],
    [
      'migration: { id: a, kind: contract, backup: ["x${secret:B}"], run: [a] }',
      "services.orders.migration.backup[0]: A secret can't be an argument",
    ],
    ['health: { command: [a, "${secret:B}"] }', "services.orders.health.command[1]: A secret can't be an argument"],
    ['build: { run: [a, "${secret:B}"], artifact: x }', "services.orders.build.run[1]: A build gets no secrets"],
    [
      'build: { run: [a], artifact: x, environment: { A: "${secret:B}" } }',
      "services.orders.build.environment.A: A build gets no secrets",
    ],
    ['unit: { exec: [a], description: "${secret:B}" }', "services.orders.unit.description: A secret can't stand here"],
    ['unit: { environment: "${secret:B}" }', "services.orders.unit.environment: A secret can't stand here"],
  ])("is refused elsewhere, with the reason: %s", (service, message) => {
    expect(mistakes(small({ service }))).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  it("is not looked for where nothing is meant as one", () => {
    const service = 'unit: { exec: [sh, "-c", "echo ${secret} $${secret:B}"] }, environment: { A: "$${secret:B}" }';
    expect(mistakes(small({ service }))).toEqual([]);
    expect(settings(small({ service })).secretReferences()[0]?.names).toEqual([]);
  });

  it("is told with its place when it is written wrongly, without what stands around it", () => {
    const text = small({ placement: 'hosts: [web-1], environment: { A: "hunter2-${secret:9}-${Secret:B}" }' });
    const { problems } = loadConfiguration(text);
    expect(problems.map(({ message, place }) => [message, place?.line])).toEqual([
      [expect.stringContaining("A, character 9: the name of a secret is letters"), 10],
      [expect.stringContaining("A, character 21: a reference to a secret is written ${secret:NAME}"), 10],
    ]);
    expect(problems.map(({ message }) => message).join()).not.toContain("hunter2");
  });
});

describe("a service file", () => {
  const given = small({
    service: 'unit: { exec: [a] }, source: { git: "ssh://git@git.example.com/a.git" }',
    placement: 'hosts: [web-1], environment: { A: "${secret:GIVEN}" }',
  });
  const withFile = (file: string, text = given) => settings(text).target("orders", "production", file);
  const hook = (name: string) => `hooks: [{ at: after-rollout, run: [a], environment: { X: "\${secret:${name}}" } }]`;
  const migration = (name: string) =>
    `migration: { id: a, kind: expand, run: [a], environment: { X: "\${secret:${name}}" } }`;

  it("may hand on what the server file gives to the service there", () => {
    expect(withFile(hook("GIVEN")).hooks[0]?.variables).toEqual({ X: "${secret:GIVEN}" });
    expect(withFile(migration("GIVEN")).migration?.variables).toEqual({ X: "${secret:GIVEN}" });
  });

  it.each([hook("OTHER"), migration("OTHER")])("may not name any other: %s", (file) => {
    expect(() => withFile(file)).toThrow(SettingsRefused);
    expect(() => withFile(file)).toThrow(
      /refers to OTHER, which the server file does not give to orders in production/,
    );
  });

  it("may not take for its migration what only a hook of the server file has", () => {
    const text = given.replace("unit: { exec: [a] }", `unit: { exec: [a] }, ${hook("HOOKS")}`);
    expect(() => withFile(migration("HOOKS"), text)).toThrow("HOOKS");
    expect(withFile("port: 80", text).hooks[0]?.variables).toEqual({ X: "${secret:HOOKS}" });
  });

  it("has no secret in its arguments either", () => {
    const problems = checkServiceFile('hooks: [{ at: after-rollout, run: [a, "${secret:GIVEN}"] }]');
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("can't be an argument")]);
  });
});

describe("the program for secrets", () => {
  const withSecrets = (text: string) => `${small()}secrets: ${text}\n`;

  it("is plain data with its defaults", () => {
    expect(settings(small()).secretCommand()).toBeUndefined();
    expect(settings(withSecrets('{ command: [op, read, "op://{name}"] }')).secretCommand()).toEqual({
      argv: ["op", "read", "op://{name}"],
      variables: {},
      limitSeconds: 20,
    });
    const text = withSecrets('{ command: [a, "{name}"], environment: { A: b }, within: 1m }');
    expect(settings(text).secretCommand()).toMatchObject({ variables: { A: "b" }, limitSeconds: 60 });
  });

  it.each([
    ["{ command: [op, read] }", "secrets.command"],
    ['{ command: ["{name}", "{name}"] }', "secrets.command"],
    ['{ command: [op, "{name}", "${secret:A}"] }', "secrets.command[2]"],
    ['{ command: [op, "{name}"], environment: { A: "${secret:A}" } }', "secrets.environment.A"],
  ])("is refused as %s", (text, path) => {
    expect(mistakes(withSecrets(text))).toEqual([expect.stringContaining(path)]);
  });
});
