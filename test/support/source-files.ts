/** The source files as a parser sees them: what they import, export and call, and how long their functions are. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";

import { parseAst } from "rolldown/parseAst";

export interface SourceFile {
  /** From the project's root, with slashes: `src/core/plan.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
  /** Nothing in it but exports of other files' names. */
  readonly isBarrel: boolean;
  readonly isAsync: boolean;
  /** Calls such as `Date.now()` and `new Date()`, which answer something else each time. */
  readonly impureCalls: readonly string[];
  readonly functions: readonly { readonly name: string; readonly lines: number }[];
}

export interface Import {
  /** As it is written there. */
  readonly specifier: string;
  /** The imported file from the project's root; missing for packages and builtins. */
  readonly file?: string;
  readonly isTypeOnly: boolean;
  readonly isDynamic: boolean;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Every TypeScript file below a folder, tests and contracts included. */
export function readSourceFiles(root: string, folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules"))
    .map((path) => readSourceFile(relative(root, path).replaceAll("\\", "/"), readFileSync(path, "utf8")))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function readSourceFile(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }, path) as unknown as Node;
  const statements = program["body"] as readonly Node[];
  const nodes = [...within(program)];
  return {
    path,
    imports: nodes.flatMap((node) => importOf(node, path) ?? []),
    hasDefaultExport: statements.some(isDefaultExport),
    isBarrel: statements.length > 0 && statements.every(isReExport),
    isAsync: nodes.some((node) => node["async"] === true || node.type === "AwaitExpression"),
    impureCalls: nodes.flatMap((node) => impureCall(node, text) ?? []),
    functions: nodes.filter(isFunction).map((node) => ({ name: nameOf(node), lines: linesOf(text, node) })),
  };
}

function* within(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === "object" && typeof (child as Node).type === "string")
        yield* within(child as Node);
    }
  }
}

function importOf(node: Node, path: string): Import | undefined {
  const source = node["source"] as { readonly value?: unknown } | null | undefined;
  if (typeof source?.value !== "string") return undefined;
  const specifier = source.value;
  const isTypeOnly = node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
  const isDynamic = node.type === "ImportExpression";
  const file = specifier.startsWith(".") ? { file: posix.join(posix.dirname(path), specifier) } : {};
  return { specifier, ...file, isTypeOnly, isDynamic };
}

function isDefaultExport(node: Node): boolean {
  if (node.type === "ExportDefaultDeclaration") return true;
  const specifiers = (node["specifiers"] ?? []) as readonly { readonly exported?: { readonly name?: string } }[];
  return node.type === "ExportNamedDeclaration" && specifiers.some(({ exported }) => exported?.name === "default");
}

function isReExport(node: Node): boolean {
  return node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && node["source"] !== null);
}

function impureCall(node: Node, text: string): string | undefined {
  if (node.type === "CallExpression") {
    const callee = node["callee"] as Node;
    const called = text.slice(callee.start, callee.end);
    return ["Date.now", "Math.random", "performance.now", "Date", "setTimeout", "setInterval", "fetch"].includes(called)
      ? called
      : undefined;
  }
  if (node.type !== "NewExpression" || (node["arguments"] as readonly Node[]).length > 0) return undefined;
  const callee = node["callee"] as Node;
  return text.slice(callee.start, callee.end) === "Date" ? "new Date()" : undefined;
}

function isFunction({ type }: Node): boolean {
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

function nameOf(node: Node): string {
  return (node["id"] as { readonly name?: string } | null)?.name ?? "a function without a name";
}

/** Lines that are neither empty nor only a comment. */
function linesOf(text: string, { start, end }: Node): number {
  const lines = text.slice(start, end).split("\n");
  return lines.filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line)).length;
}
