import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { explain } from "../src/config/explain.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { checkServiceFile } from "../src/config/service-file.ts";

const root = path.join(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const errorsOf = (problems: Parameters<typeof explain>[0]): string =>
  explain(problems.filter(({ severity }) => severity === "error"));

describe("the examples", () => {
  it("have a server file without a mistake", () => {
    expect(errorsOf(loadConfiguration(read("examples/signalbox.yml")).problems)).toBe("");
  });

  it.each(["java-orders", "node-greeter", "static-site"])("have a service file without a mistake: %s", (example) => {
    expect(errorsOf(checkServiceFile(read(`examples/${example}/signalbox.service.yml`)))).toBe("");
  });

  it.each(["service.mjs", "websocket.mjs", "witness.mjs", "behaviour.mjs", "behaviour.properties"])(
    "share %s word by word",
    (file) => {
      expect(read(`examples/static-site/${file}`)).toBe(read(`examples/node-greeter/${file}`));
    },
  );
});

describe("the README", () => {
  it("shows a configuration without a mistake", () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(read("README.md"))?.[1] ?? "";

    expect(yaml).toContain("services:");
    expect(errorsOf(loadConfiguration(yaml).problems)).toBe("");
  });

  it("names only files that are there", () => {
    const named = [...read("README.md").matchAll(/\]\(([^)h][^)]*)\)/g)].map(([, file]) => file!);

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
