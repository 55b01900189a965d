/** Secrets on their way to hosts: on the standard input of what needs them, and nowhere else. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import { factsOf } from "../../test/support/targets.ts";
import type { SecretPin } from "../core/secret.ts";
import type { Migration, Target } from "../core/service.ts";
import { SERVER } from "../core/step.ts";
import type { ByteSource, Command } from "../ports/hosts.ts";
import type { Secrets } from "../ports/secrets.ts";
import { localPrograms } from "../adapters/programs/local.ts";
import { installUnit } from "./install-unit.ts";
import { migrate } from "./migrate.ts";
import { runHook } from "./run-hook.ts";
import type { StepContext } from "./step.ts";

const home = mkdtempSync(path.join(tmpdir(), "secret-values-"));
// The login's home is a directory of the test.
writeFileSync(path.join(home, "getent"), `#!/bin/sh\necho login:x:1:1::${home}:/bin/sh\n`, { mode: 0o755 });
const env = { ...process.env, PATH: `${home}${path.delimiter}${process.env["PATH"] ?? ""}` };
afterAll(() => rmSync(home, { recursive: true }));

const value = `planted ' " $HOME \`id\` \\n 비밀 =x`;
const pin: SecretPin = { name: "DB", service: null, environment: null, version: "3" };

async function textOf(stdin: ByteSource | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin?.stream() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A step with hosts that really run what they are asked, in this directory. */
function aScene(differences: Partial<Target>, secrets: readonly SecretPin[] = [pin], host = "web-1") {
  const asked: Command[] = [];
  let log = "";
  const { context } = aStep({ target: { root: home, ...differences }, plan: { secrets }, host });
  const hosts = {
    run: async (_host: string, command: Command) => {
      asked.push(command);
      const [program, ...args] = command.argv;
      const input = await textOf(command.stdin);
      const { status, stdout, stderr } = spawnSync(program, args, { input, env, encoding: "utf8" });
      command.onOutput?.(stdout, "stdout");
      return { code: status ?? 1, stdout, stderr, truncated: false };
    },
  };
  const got: SecretPin[] = [];
  const port: Pick<Secrets, "get"> = {
    get: async (one) => {
      got.push(one);
      return value;
    },
  };
  const ports = { ...context.ports, hosts, secrets: port, programs: localPrograms };
  const deployment = { ...context.deployment, facts: { "web-1": factsOf("none") }, release: { number: 7 } };
  const own = {
    ...context,
    deployment: { ...deployment, release: { number: 7, artifact: { sha256: "a".repeat(64) } } },
    ports,
    log: (text: string) => {
      log += text;
    },
  } as unknown as StepContext;
  return { context: own, asked, got, log: () => log };
}

const hook = (host: string, ...run: readonly string[]) =>
  ({
    kind: "run-hook",
    hosts: [host],
    each: false,
    at: "after-rollout",
    run,
    variables: { PLAIN: "plain", DB: "x-${secret:DB}" },
    limitSeconds: 10,
  }) as const;

describe("a hook with a secret", () => {
  it.each(["web-1", SERVER])("gets its value in its environment, and %s sees it in no argument", async (host) => {
    const { context, asked, got, log } = aScene({}, [pin], host);
    const step = hook(host, "sh", "-c", 'printf "%s|%s|%s" "$DB" "$PLAIN" "$SIGNALBOX_HOOK"; cat');
    expect(await runHook.perform(step, context)).toMatchObject({ kind: "done" });
    expect(log()).toBe(`x-${value}|plain|after-rollout`);
    expect(got).toEqual([pin]);
    expect(JSON.stringify(asked.map(({ argv }) => argv))).not.toContain("planted");
  });

  it("says which one was missing when it was planned", async () => {
    const { context, asked } = aScene({}, []);
    expect(await runHook.perform(hook("web-1", "true"), context)).toEqual({
      kind: "failed",
      message: "There was no value of the secret DB when it was planned.",
    });
    expect(asked).toEqual([]);
  });
});

describe("a migration with a secret", () => {
  it("gets its value in its environment, and its host sees it in no argument", async () => {
    const migration: Migration = {
      id: "add a column",
      kind: "expand",
      backup: ["sh", "-c", 'printf "backup %s\\n" "$DB"'],
      run: ["sh", "-c", 'printf "run %s\\n" "$DB"'],
      variables: { DB: "${secret:DB}" },
      on: "first-host",
      limitSeconds: 20,
    };
    const { context, asked, log } = aScene({ migration });
    const step = { kind: "migrate", hosts: ["web-1"], migration: "expand" } as const;
    expect(await migrate.perform(step, context)).toMatchObject({ kind: "done" });
    expect(log()).toContain(`backup ${value}\n`);
    expect(log()).toContain(`run ${value}\n`);
    expect(JSON.stringify(asked.map(({ argv }) => argv))).not.toContain("planted");
  });
});

describe("a unit with a secret", () => {
  it("gets its value on the standard input of the helper, and a digest that is not of the value", async () => {
    const { context, asked } = aScene({ variables: { DB: "${secret:DB}", TEXT: "$${secret:DB}" } });
    const hosts = {
      run: async (_host: string, command: Command) => {
        asked.push(command);
        return { code: 0, stdout: "", stderr: "", truncated: false };
      },
    };
    await installUnit.perform({ kind: "install-unit", hosts: ["web-1"] }, {
      ...context,
      ports: { ...context.ports, hosts },
    } as unknown as StepContext);
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(asked[0]!.argv)).not.toContain("planted");
    const input = await textOf(asked[0]!.stdin);
    expect(input).toContain(`\nDB=${value}\nTEXT=\${secret:DB}\n`);
  });
});
