/** What there is to say about every key: read from the JSON schema, used by messages, `config explain` and the docs. */
import type { PathStep } from "./problems.ts";

/** The part of JSON schema that the configuration's schema makes use of. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export class Reference {
  readonly root: SchemaNode;

  constructor(root: SchemaNode) {
    this.root = root;
  }

  /** What the schema says about a place; a name such as `web-1` stands for any name. */
  at(path: readonly PathStep[]): SchemaNode | undefined {
    let nodes: SchemaNode[] = [this.root];
    for (const step of path) nodes = nodes.flatMap((node) => child(node, step));
    return nodes[0];
  }
}

/** All forms that a value may take. */
export function forms(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(forms);
}

function child(node: SchemaNode, step: PathStep): SchemaNode[] {
  return forms(node).flatMap((form) => {
    if (typeof step === "number") return form.items === undefined ? [] : [form.items];
    const property =
      form.properties !== undefined && Object.hasOwn(form.properties, step) ? form.properties[step] : undefined;
    if (property !== undefined) return [property];
    return typeof form.additionalProperties === "object" ? [form.additionalProperties] : [];
  });
}

/** The keys that a map may have. */
export function keysUnder(reference: Reference, path: readonly PathStep[]): readonly string[] {
  const node = reference.at(path);
  return node === undefined ? [] : forms(node).flatMap((form) => Object.keys(form.properties ?? {}));
}

/** What a level of names is called in the reference. */
const nameWords: Readonly<Record<string, string>> = {
  hosts: "<host>",
  services: "<service>",
  environments: "<environment>",
  channels: "<channel>",
  environment: "<variable>",
};

export interface Documented {
  /** Such as `environments.<environment>.approval.quorum`. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Every key of the file in its order. */
export function* everyKey(node: SchemaNode, path = "", depth = 0): Generator<Documented> {
  if (depth > 12) return;
  for (const form of forms(node)) {
    for (const [key, property] of Object.entries(form.properties ?? {})) {
      const here = path === "" ? key : `${path}.${key}`;
      yield { path: here, node: property, required: form.required?.includes(key) ?? false };
      yield* everyKey(property, here, depth + 1);
    }
    if (typeof form.additionalProperties === "object") {
      const level = path.slice(path.lastIndexOf(".") + 1);
      yield* everyKey(form.additionalProperties, `${path}.${nameWords[level] ?? "<name>"}`, depth + 1);
    }
    if (form.items !== undefined) yield* everyKey(form.items, `${path}[]`, depth + 1);
  }
}

/** Where else in the file a key of this name stands. */
export function placesOf(reference: Reference, key: string): readonly string[] {
  const suffix = `.${key}`;
  const places = [...everyKey(reference.root)].filter(({ path }) => path.endsWith(suffix));
  return places.slice(0, 3).map(({ path }) => path.slice(0, -suffix.length));
}
