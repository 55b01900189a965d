import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { strategies } from "../core/strategies/index.ts";
import { generatedFiles } from "./generated.ts";
import { loadConfiguration, serverReference } from "./load.ts";
import { referenceMarkdown, yaml } from "./markdown.ts";
import { everyKey } from "./reference.ts";
import { checkServiceFile, serviceFileReference } from "./service-file.ts";
import { readYaml } from "./yaml.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the reference", () => {
  const [markdown, schema] = generatedFiles();

  it("in docs/ is up to date; otherwise run node src/config/write-reference.ts", () => {
    expect(read(markdown!.path)).toBe(markdown!.text);
    expect(JSON.parse(read(schema!.path))).toEqual(JSON.parse(schema!.text));
  });

  it("describes every key", () => {
    const keys = [...everyKey(serverReference.root), ...everyKey(serviceFileReference.root)];
    expect(keys.length).toBeGreaterThan(150);
    expect(keys.filter(({ node }) => (node.description ?? "") === "").map(({ path }) => path)).toEqual([]);
  });

  it("has a row for every key", () => {
    const text = referenceMarkdown();
    const names = [...everyKey(serverReference.root)].map(({ path }) => path.split(".").at(-1)!);
    expect([...new Set(names)].filter((name) => !text.includes(`| \`${name}\``))).toEqual([]);
  });

  it("names every strategy there is", () => {
    const text = referenceMarkdown();
    for (const { kind, about } of Object.values(strategies))
      expect(text).toContain(`| \`${kind}\` | keys |  | ${about}`);
  });

  const blocks = [...read("docs/configuration.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

  it("has examples", () => {
    expect(blocks).toHaveLength(2);
  });

  it.each(blocks)("has only examples that are right: %#", (text) => {
    const problems = text.startsWith("# signalbox.service.yml")
      ? checkServiceFile(text)
      : loadConfiguration(text).problems;
    expect(problems.filter(({ code }) => code !== "SB-CONFIG-LATER")).toEqual([]);
  });

  it("gives defaults and examples in the form of the file", () => {
    const wrong = [...everyKey(serverReference.root)].flatMap(({ path, node }) => {
      return [node.default, ...(node.examples ?? [])].flatMap((value) => {
        if (value === undefined) return [];
        const { root, problems } = readYaml("x", `x: ${yaml(value)}`);
        const same = JSON.stringify(root?.children.get("x")?.value) === JSON.stringify(value);
        return problems.length === 0 && same ? [] : [path];
      });
    });
    expect(wrong).toEqual([]);
  });
});
