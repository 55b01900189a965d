import { dirname } from "node:path";

import { describe, expect, it } from "vitest";

import { readSourceFile, readSourceFiles } from "./support/source-files.ts";
import type { Import, SourceFile } from "./support/source-files.ts";

/** Which folder of `src` may import what. A later line wins over an earlier one; own files are always allowed. */
const table: readonly Rule[] = [
  { of: /^src\/core\//, mayImport: [/^src\/core\//], packages: ["zod", "simple-statistics", "temporal-polyfill"] },
  { of: /^src\/core\/digest\.ts$/, mayImport: [/^src\/core\//], packages: ["node:crypto"] },
  { of: /^src\/ports\//, mayImport: [/^src\/core\//, /^src\/ports\//], packages: [] },
  { of: /^src\/words\//, mayImport: [/^src\/(core|words)\//, /^src\/ports\/notifier\.ts$/], packages: [] },
  { of: /^src\/steps\//, mayImport: [/^src\/(core|ports|steps)\//], packages: "builtin" },
  { of: /^src\/deployments\//, mayImport: [/^src\/(core|ports|steps|words|deployments)\//], packages: "builtin" },
  { of: /^src\/adapters\//, mayImport: [/^src\/(core|ports)\//, "own adapter"], packages: "all" },
  { of: /^src\/config\//, mayImport: [/^src\/(core|config)\//, /^src\/adapters\/.*\/options\.ts$/], packages: "all" },
  { of: /^src\/api\//, mayImport: [/^src\/(core|ports|words|deployments|api)\//], packages: "all" },
  { of: /^src\/web\//, mayImport: [/^src\/web\//, /^src\/api\/views/], packages: "all" },
  {
    of: /^src\/cli\//,
    mayImport: [/^src\/(core|config|words|cli)\//, /^src\/api\/([a-z]+-)?(client|views)\.ts$/],
    packages: "all",
  },
  // The server itself, `--local`, and what is done while no server runs: the only doors from the CLI to the inside.
  {
    of: /^src\/cli\/(serve|connect|outside)\.ts$/,
    mayImport: [/^src\/(core|config|words|cli|api)\//, /^src\/(signalbox|without-a-server)\.ts$/],
    packages: "all",
  },
  { of: /^src\/main\.ts$/, mayImport: [/^src\/cli\//], packages: "builtin" },
  {
    of: /^src\/(signalbox|engine|without-a-server|usual-places)\.ts$/,
    mayImport: [/^src\/(?!main\.ts|cli\/|web\/)/],
    packages: "builtin",
  },
];

interface Rule {
  readonly of: RegExp;
  readonly mayImport: readonly (RegExp | "own adapter")[];
  readonly packages: readonly string[] | "builtin" | "all";
}

const files = readSourceFiles(".", "src");
const product = files.filter(({ path }) => !/\.(test|contract|child)\.tsx?$/.test(path));
const core = product.filter(({ path }) => path.startsWith("src/core/"));

function forbiddenImports(file: SourceFile): readonly string[] {
  const rule = table.findLast(({ of }) => of.test(file.path));
  if (rule === undefined) return [`${file.path} is in no folder of the table`];
  return file.imports
    .filter((one) => !isAllowed(rule, file.path, one))
    .map(({ specifier }) => `${file.path} imports ${specifier}`);
}

function isAllowed({ mayImport, packages }: Rule, path: string, { file, specifier }: Import): boolean {
  if (file !== undefined) {
    return mayImport.some((one) => (one === "own adapter" ? adapterOf(file) === adapterOf(path) : one.test(file)));
  }
  if (packages === "all") return true;
  return packages === "builtin" ? specifier.startsWith("node:") : packages.includes(specifier);
}

/** `src/adapters/<port>`: adapters of different ports never know each other. */
function adapterOf(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}

/** The first circle of imports that is found, as a path; types count too, since people read them. */
function circle(all: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const visit = (path: string, above: readonly string[]): readonly string[] => {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
    if (finished.has(path)) return [];
    for (const { file, isDynamic } of byPath.get(path)?.imports ?? []) {
      const found = file === undefined || isDynamic ? [] : visit(file, [...above, path]);
      if (found.length > 0) return found;
    }
    finished.add(path);
    return [];
  };
  return all.map(({ path }) => visit(path, [])).find((found) => found.length > 0) ?? [];
}

function vagueFolders(all: readonly SourceFile[]): readonly string[] {
  const vague = new Set(["utils", "helpers", "common", "lib", "services", "managers", "types"]);
  return all
    .map(({ path }) => path)
    .filter((path) =>
      dirname(path)
        .split("/")
        .some((name) => vague.has(name)),
    );
}

const isRegistry = (path: string): boolean => /^src\/(core\/strategies|steps|adapters\/.+)\/index\.ts$/.test(path);

describe("the source", () => {
  it("imports only what the table of folders allows", () => {
    expect(product.flatMap(forbiddenImports)).toEqual([]);
  });

  it("has no circles of imports", () => {
    expect(circle(product)).toEqual([]);
  });

  it("has no default exports", () => {
    expect(files.filter(({ hasDefaultExport }) => hasDefaultExport).map(({ path }) => path)).toEqual([]);
  });

  it("has no barrels, and an index only where a folder has a registry", () => {
    const wrong = product.filter(({ path, isBarrel }) => (isBarrel || path.endsWith("/index.ts")) && !isRegistry(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it("has no folder with a name that says nothing", () => {
    expect(vagueFolders(files)).toEqual([]);
  });

  it("has no function of more than 60 lines", () => {
    const long = product.flatMap(({ path, functions }) => functions.map((one) => ({ path, ...one })));
    expect(long.filter(({ lines }) => lines > 60)).toEqual([]);
  });
});

describe("the core", () => {
  it("waits for nothing", () => {
    expect(core.filter(({ isAsync }) => isAsync).map(({ path }) => path)).toEqual([]);
  });

  it("has no clock and no dice", () => {
    expect(core.flatMap(({ path, impureCalls }) => impureCalls.map((call) => `${path}: ${call}`))).toEqual([]);
  });
});

describe("these checks", () => {
  it("really read the files", () => {
    expect(core.length).toBeGreaterThan(20);
    expect(product.length).toBeGreaterThan(60);
    const knownImports = [
      ["src/core/next-move.ts", "src/core/standing.ts"],
      ["src/core/strategies/rolling.ts", "zod"],
      ["src/ports/store.ts", "src/core/deployment.ts"],
      ["src/words/words.ts", "src/ports/notifier.ts"],
      ["src/steps/ask.ts", "src/ports/hosts.ts"],
      ["src/deployments/run.ts", "src/core/next-move.ts"],
      ["src/config/resolve.ts", "src/core/service.ts"],
      ["src/main.ts", "src/cli/program.ts"],
    ] as const;
    for (const [path, imported] of knownImports) {
      const imports = files.find((file) => file.path === path)?.imports.map(({ file, specifier }) => file ?? specifier);
      expect([path, imports?.includes(imported)]).toEqual([path, true]);
    }
  });

  it.each([
    ["static", 'import { ssh } from "../adapters/hosts/ssh/connect.ts";'],
    ["type", 'import type { Ssh } from "../adapters/hosts/ssh/connect.ts";'],
    ["re-exported", 'export { ssh } from "../adapters/hosts/ssh/connect.ts";'],
    ["dynamic", 'const later = () => import("../adapters/hosts/ssh/connect.ts");'],
    ["import-type", 'type Ssh = import("../adapters/hosts/ssh/connect.ts").Ssh;'],
    ["builtin", 'import { readFileSync } from "node:fs";'],
    ["package", 'import { Kysely } from "kysely";'],
  ])("find a wrong %s import", (_kind, text) => {
    expect(forbiddenImports(readSourceFile("src/core/wrong.ts", text))).toHaveLength(1);
  });

  it("find an adapter that knows another port's adapter, but not its own parts", () => {
    const text = 'import { a } from "./b.ts"; import { c } from "../store/sqlite.ts";';
    expect(forbiddenImports(readSourceFile("src/adapters/hosts/wrong.ts", text))).toEqual([
      "src/adapters/hosts/wrong.ts imports ../store/sqlite.ts",
    ]);
  });

  it("find a circle", () => {
    const one = readSourceFile("src/core/a.ts", 'import type { B } from "./b.ts"; export type A = B;');
    const other = readSourceFile("src/core/b.ts", 'import type { A } from "./a.ts"; export type B = A;');
    expect(circle([one, other])).toEqual(["src/core/a.ts", "src/core/b.ts", "src/core/a.ts"]);
  });

  it("find default exports, barrels, vague folders, long functions, waiting, clocks and dice", () => {
    const exported = readSourceFile("src/core/utils/a.ts", "const a = 1; export { a as default };");
    const barrel = readSourceFile("src/core/index.ts", 'export * from "./a.ts"; export { b } from "./b.ts";');
    const impure = readSourceFile(
      "src/core/c.ts",
      "export const f = async () => [Date.now(), Math.random(), new Date()];",
    );
    const long = readSourceFile("src/core/d.ts", `function f() {\n${"g();\n".repeat(60)}}`);
    expect(exported.hasDefaultExport).toBe(true);
    expect(vagueFolders([exported])).toEqual(["src/core/utils/a.ts"]);
    expect(barrel.isBarrel).toBe(true);
    expect(impure.isAsync).toBe(true);
    expect(impure.impureCalls).toEqual(["Date.now", "Math.random", "new Date()"]);
    expect(long.functions).toEqual([{ name: "f", lines: 62 }]);
  });
});
