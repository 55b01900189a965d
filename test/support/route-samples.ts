/** A request to each route that its schema takes, made from the OpenAPI document: what is added there is called too. */
import type { RouteRule } from "../../src/api/context.ts";

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Texts of which one fits wherever a text is asked for. */
const texts = [
  "x-0000beef",
  "orders",
  "production",
  "a".repeat(64),
  "/var/backups/signalbox.db",
  "orders.service",
  "kim@example.com",
  "2030-01-01T00:00:00Z",
  "https://example.com/",
  "ABCDEFGH",
  "0123456789",
  "1",
] as const;

/** @param known values by the names of parameters and keys */
export function sampleRequest(
  { method, url }: RouteRule,
  { paths }: OpenApi,
  known: Readonly<Record<string, string>>,
): { readonly url: string; readonly payload?: object } {
  const path = url.replaceAll(/:(\w+)/g, "{$1}");
  const operations = paths[path] ?? {};
  const { parameters = [], requestBody } = operations[(method === "HEAD" ? "GET" : method).toLowerCase()] ?? {};
  const values = (where: string) =>
    parameters
      .filter((one) => one.in === where && one.required === true)
      .map(({ name, schema }) => [name, String(known[name] ?? sample(schema, name, known, url))] as const);
  const inPath = new Map(values("path"));
  const query = new URLSearchParams(values("query").map(([name, value]) => [name, value])).toString();
  const address = url.replaceAll(/:(\w+)/g, (_, name: string) => inPath.get(name) ?? known[name] ?? "nothing");
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  return {
    url: query === "" ? address : `${address}?${query}`,
    ...(schema === undefined ? {} : { payload: sample(schema, "", known, url) as object }),
  };
}

function sample(schema: Schema, name: string, known: Readonly<Record<string, string>>, where: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice !== undefined) return sample(choice, name, known, where);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        (schema.required ?? []).map((key) => [key, sample(schema.properties?.[key] ?? {}, key, known, where)]),
      );
    case "array":
      return [sample(schema.items ?? {}, name, known, where)];
    case "integer":
    case "number":
      return Math.max(1, schema.minimum ?? 1);
    case "boolean":
      return true;
    case "null":
      return null;
    case "string":
      return known[name] ?? aText(schema, `${where}: ${name}`);
    default:
      return "anything";
  }
}

function aText({ pattern, minLength = 0, maxLength = Infinity }: Schema, where: string): string {
  const fits = texts.find(
    (text) =>
      text.length >= minLength &&
      text.length <= maxLength &&
      (pattern === undefined || new RegExp(pattern, "u").test(text)),
  );
  if (fits === undefined) throw new Error(`${where} takes none of the sample texts: add one that it takes`);
  return fits;
}
