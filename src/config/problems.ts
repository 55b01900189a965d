/** What can be wrong with a configuration: the codes, and the shape in which a mistake is told. */

/** Every code with what it is about. The word in a code is chosen once and never reused. */
export const problemCodes = {
  "SB-CONFIG-FILE": "The file can't be read.",
  "SB-CONFIG-SYNTAX": "The text is not YAML 1.2.",
  "SB-CONFIG-SIZE": "The file is larger, or has more parts, than a configuration may have.",
  "SB-CONFIG-DEPTH": "The file is nested more deeply than a configuration may be.",
  "SB-CONFIG-CHARACTER": "The file has a control character in it.",
  "SB-CONFIG-ALIAS": "Anchors, aliases and merge keys are not taken: each value stands where it is used.",
  "SB-CONFIG-TAG": "Tags such as !!str are not taken: each key knows its own type.",
  "SB-CONFIG-DIRECTIVE": "Directives such as %YAML are not taken.",
  "SB-CONFIG-DOCUMENTS": "One file holds one document.",
  "SB-CONFIG-DUPLICATE": "The same key, or the same entry of a list, is there twice.",
  "SB-CONFIG-KEY": "The key is not known here, or not allowed.",
  "SB-CONFIG-MISSING": "A key that is needed is missing.",
  "SB-CONFIG-TYPE": "The value has another type than the key takes.",
  "SB-CONFIG-NUMBER": "The number is written in a form that is easily misread.",
  "SB-CONFIG-VALUE": "The value is not one that the key takes.",
  "SB-CONFIG-NAME": "The name has a form that may not travel to hosts.",
  "SB-CONFIG-GIT": "The repository's address is not one that is fetched from.",
  "SB-CONFIG-LATER": "The key or value belongs to a later version.",
  "SB-CONFIG-HOST": "A host is named that does not exist.",
  "SB-CONFIG-HOSTS": "A service has no hosts in an environment.",
  "SB-CONFIG-SERVICE": "A service is named that does not exist.",
  "SB-CONFIG-ENVIRONMENT": "An environment is named that does not exist.",
  "SB-CONFIG-JUMP": "The way to a host over other hosts never arrives.",
  "SB-CONFIG-ADDRESS": "Two hosts have the same address.",
  "SB-CONFIG-TRIGGER": "What starts deployments contradicts itself, or can't start any.",
  "SB-CONFIG-CHANNEL": "A channel for messages is not there, or is not told what it needs.",
  "SB-CONFIG-QUORUM": "More approvals are asked for than there are approvers.",
  "SB-CONFIG-RULE": "Who has to approve, or until when, can't be read or can't be met.",
  "SB-CONFIG-FLOOR": "The floor leaves no host free to be replaced.",
  "SB-CONFIG-TOLERATE": "All hosts of a service may be left behind.",
  "SB-CONFIG-PORT": "A port is needed, or taken twice on one host.",
  "SB-CONFIG-COLLISION":
    "Two placements would use the same directory and unit on one host, or the same name on a proxy.",
  "SB-CONFIG-SINGLETON": "A singleton is placed on several hosts, or would run twice on one.",
  "SB-CONFIG-STRATEGY": "The strategy does not fit the hosts.",
  "SB-CONFIG-TRAFFIC": "The traffic does not fit the service or its strategy.",
  "SB-CONFIG-SLOTS": "The slots do not fit the service or its strategy.",
  "SB-CONFIG-MIGRATION": "A migration that takes something away has no backup.",
  "SB-CONFIG-HEALTH": "The health check contradicts itself.",
  "SB-CONFIG-USER": "The run user is missing or not allowed.",
  "SB-CONFIG-INCOMPLETE": "Something is missing before the service can be deployed.",
  "SB-CONFIG-OPERATOR": "The key belongs to the server file; the service file may only narrow.",
  "SB-CONFIG-SECRET": "A secret stands in the file, or is referred to in a wrong way or place.",
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** One step on the way to a value: a key, or the index in a list. */
export type PathStep = string | number;

/** A mistake before it is known where in the text it is. */
export interface Finding {
  readonly code: ProblemCode;
  readonly severity?: "error" | "warning";
  readonly path: readonly PathStep[];
  /** What the caret points at; the value unless told. */
  readonly at?: "key" | "value";
  /** One sentence without the user's secrets. */
  readonly message: string;
  /** What to do about it; as a function where it takes work that most findings of a bad file are not worth. */
  readonly hint?: string | (() => string);
}

/** A place in a file. Secrets in `text` are masked already. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line, cut down to what surrounds the place. */
  readonly text: string;
  /** What the caret marks, as an index and a length within `text`. */
  readonly from: number;
  readonly width: number;
}

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  /** Such as `environments.production.approval.quorum`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: Place;
}

/** Thrown where a caller asked for something that the configuration does not give. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ code, message }) => `${message} (${code})`).join("\n"));
    this.problems = problems;
  }
}

/** How a place in the tree is written: `hosts.web-1.port`, `services.orders.hooks[2].at`. */
export function pathText(path: readonly PathStep[]): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const plain = /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? plain : `.${plain}`;
    })
    .join("");
}

/** A finding without a text to point into. */
export function unplaced({ code, severity = "error", path, message, hint }: Finding): Problem {
  const advice = typeof hint === "function" ? hint() : hint;
  return { code, severity, path: pathText(path), message, ...(advice === undefined ? {} : { hint: advice }) };
}
