/** The server file's text to a configuration, or to everything that is wrong with it. */
import type { Fleet, Host } from "../core/topology.ts";
import type { Draft } from "./draft.ts";
import { draftOf } from "./draft.ts";
import type { HostSettings } from "./host.ts";
import { findingsOf } from "./issues.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import type { Finding, Place, PathStep, Problem, ProblemCode } from "./problems.ts";
import { unplaced } from "./problems.ts";
import { Reference } from "./reference.ts";
import { relationFindings } from "./relations.ts";
import { configurationSchema } from "./schema.ts";
import { referenceFindings } from "./secret-references.ts";
import type { SourceText } from "./text.ts";
import { warningFindings } from "./warnings.ts";
import type { Located } from "./yaml.ts";
import { limits, locatedAt, readYaml } from "./yaml.ts";

/** A valid configuration. */
export interface Configuration extends Draft {
  readonly file: string;
  readonly fleet: Fleet;
  /** Where something stands in the file. */
  readonly place: (path: readonly PathStep[], at?: "key" | "value") => Place | undefined;
}

/** With a configuration the problems are only warnings. */
export interface Loaded {
  readonly configuration?: Configuration;
  readonly problems: readonly Problem[];
}

export const serverReference = new Reference(jsonSchemaOf(configurationSchema, "Signalbox server file"));

/** Never throws, whatever the text is. */
export function loadConfiguration(text: string, file = "signalbox.yml"): Loaded {
  const { source, root, problems } = readYaml(file, text);
  if (root === undefined) return { problems: inOrder(problems) };

  const sourceOf = ({ span }: Located): string => source.text.slice(span.start, Math.min(span.end, span.start + 200));
  const parsed = configurationSchema.safeParse(root.value, { reportInput: true });
  const draft = draftOf(root.value);
  const issues = findingsOf(parsed.error?.issues ?? [], { root, reference: serverReference, sourceOf });
  const unread = [...problems, ...placed(issues, source, root)];
  const related = placed(
    [...relationFindings(draft), ...referenceFindings(root), ...warningFindings(draft, root)],
    source,
    root,
  );
  const isBroken = [...unread, ...related].some(({ severity }) => severity === "error");
  const all = [...unread, ...related.filter((problem) => !mayBeUnread(problem, unread))];
  if (isBroken) return { problems: inOrder(all) };

  const place = (path: readonly PathStep[], at?: "key" | "value"): Place => placeOf(source, root, path, at);
  const warnings = inOrder(all);
  return { configuration: { ...draft, file, fleet: fleetOf(draft), place }, problems: warnings };
}

/** What the findings of a code miss. */
const missedKeys: Partial<Record<ProblemCode, readonly string[]>> = {
  "SB-CONFIG-INCOMPLETE": ["unit"],
  "SB-CONFIG-HOSTS": ["hosts"],
  "SB-CONFIG-TRAFFIC": ["traffic"],
};

/** What seems to be missing may be there, and only could not be read. */
function mayBeUnread({ code, path }: Problem, unread: readonly Problem[]): boolean {
  const keys = missedKeys[code];
  if (keys === undefined) return false;
  const placement = /^(?:services|environments)\.[^.]+(?:\.services\.[^.]+)?/.exec(path)?.[0] ?? path;
  const layers = [placement, withoutService(placement)];
  const places = layers.flatMap((layer) => keys.map((key) => `${layer}.${key}`));
  return unread.some((other) => {
    // A default of an environment holds for all its services, whose own keys it may have missed.
    const there = placement === withoutService(placement) ? withoutService(other.path) : other.path;
    return other.severity === "error" && places.some((place) => there.startsWith(place));
  });
}

function withoutService(path: string): string {
  return path.replace(/^(environments\.[^.]+)\.services\.[^.]+/, "$1");
}

function fleetOf({ hosts }: Draft): Fleet {
  return new Map([...hosts].map(([name, settings]) => [name, hostOf(name, settings)]));
}

function hostOf(
  name: string,
  { address = "", port = 22, user = "deploy", hostKey = [], ...rest }: Partial<HostSettings>,
): Host {
  return { name, address, port, user, hostKeys: hostKey, ...rest };
}

/** Findings with their places in a text. */
export function placed(findings: readonly Finding[], source: SourceText, root: Located): Problem[] {
  return findings.slice(0, 4 * limits.problems).map((finding) => ({
    ...unplaced(finding),
    place: placeOf(source, root, finding.path, finding.at),
  }));
}

function placeOf(source: SourceText, root: Located, path: readonly PathStep[], at: "key" | "value" = "value"): Place {
  const { located, whole } = locatedAt(root, path);
  const unknownKey = whole ? undefined : located.keySpan;
  const span = (at === "key" ? located.keySpan : unknownKey) ?? located.span;
  return source.place(span.start, span.end);
}

/** Errors first where a line has both, everything else as it is read; the rest is only counted. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const sorted = [...problems].sort((left, right) => {
    const lines = (left.place?.line ?? 0) - (right.place?.line ?? 0);
    return lines === 0 ? (left.place?.column ?? 0) - (right.place?.column ?? 0) : lines;
  });
  const errors = sorted.filter(({ severity }) => severity === "error");
  if (sorted.length <= limits.problems) return sorted;
  return errors.length > 0 ? errors.slice(0, limits.problems) : sorted.slice(0, limits.problems);
}
