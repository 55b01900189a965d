/** The small values that the nouns of the configuration are made of, each with the words for its mistakes. */
import { z } from "zod";

import {
  absolutePathPattern,
  environmentNamePattern,
  hostNamePattern,
  reservedServiceNames,
  serviceNamePattern,
  userNamePattern,
  variableNamePattern,
} from "../core/names.ts";
import { durationPattern, millisecondsOf, secondsOf, shortDurationPattern } from "./duration.ts";

export interface About {
  /** In the form of the YAML. */
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** Gives a key its place in the reference. */
export function about<S extends z.ZodType>(schema: S, description: string, more: About = {}): S {
  return schema.meta({ description, ...more });
}

/** A key that may be left out. Defaults are filled in when a target is resolved, after all layers are known. */
export function optional<S extends z.ZodType>(schema: S, description: string, more: About = {}): z.ZodExactOptional<S> {
  return z.exactOptional(about(schema, description, more));
}

/** A text of bounded length. Nothing else looks at a longer one, so that no pattern ever runs over it. */
export function textUpTo(length: number): z.ZodString {
  return z.string().max(length, { error: `must have at most ${length} characters`, abort: true });
}

const controlFree = /^[^\0-\x1F\x7F]*$/;

export const hostName = z
  .string()
  .regex(hostNamePattern, "must be 1 to 63 of a-z, 0-9, '.' and '-', beginning with a letter or digit");

export const serviceName = z
  .string()
  .regex(serviceNamePattern, "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit")
  .refine((name) => !reservedServiceNames.has(name), "is the name of a part of the system; take another one");

export const environmentName = z
  .string()
  .regex(environmentNamePattern, "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit");

const userPattern = z
  .string()
  .regex(userNamePattern, "must be a user name: 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or '_'");

/** Who logs in over SSH. */
export const loginUser = userPattern;

/** Who a service runs as. */
export const runUser = userPattern.refine((user) => user !== "root", {
  error: "must not be root: a service gets a user of its own",
  params: { code: "SB-CONFIG-USER" },
});

export const variableName = z
  .string()
  .regex(variableNamePattern, "must be the name of a variable: letters, digits and '_', not beginning with a digit");

export const absolutePath = textUpTo(1024).regex(
  absolutePathPattern,
  "must be an absolute path of letters, digits and . _ @ + -, without '.' or '..'",
);

/** A file on the machine that Signalbox runs on. */
export const localFile = textUpTo(1024).refine(
  (path) => absolutePathPattern.test(path.replace(/^~(?=\/)/, "")),
  "must be an absolute path, or one that begins with ~/",
);

export const relativePath = textUpTo(1024).regex(
  /^(?![-/])(?!(?:.*\/)?\.\.(?:\/|$))[^\0-\x1F\x7F\\]+$/,
  "must be a path within the source, without '..' and not beginning with '/' or '-'",
);

/** A path that is asked over HTTP. */
export const urlPath = textUpTo(500).regex(
  /^\/[A-Za-z0-9/._~?&=%+,:@-]*$/,
  "must be a path such as /healthz, of letters, digits and . _ ~ ? & = % + , : @ -",
);

export const port = z.int("must be a whole number").min(1, "must be at least 1").max(65_535, "must be at most 65535");

const argument = textUpTo(8192).regex(controlFree, "must not have control characters or line breaks in it");

/** A program and its arguments. Nothing is split, expanded or handed to a shell. */
export const argumentList = z
  .array(argument)
  .min(1, "must name a program")
  .max(256, "must have at most 256 arguments")
  .refine(([program]) => program === undefined || /^[^-\s]/.test(program), "must begin with the name of a program");

export const variables = z.record(
  variableName,
  textUpTo(32_768).regex(controlFree, "must not have control characters or line breaks"),
);

export interface Bounds {
  readonly min?: string;
  readonly max?: string;
}

/** `30s`, `5m`, `1h30m` in the file; seconds in code. */
export function duration({ min = "0s", max = "30d" }: Bounds = {}): z.ZodPipe<
  z.ZodString,
  z.ZodTransform<number, string>
> {
  const words = "must be a duration such as 30s, 5m or 1h30m";
  return z
    .string(words)
    .regex(durationPattern, words)
    .transform((text, context) => {
      const seconds = secondsOf(text);
      if (seconds < secondsOf(min))
        context.addIssue({ code: "custom", message: `must be at least ${min}`, input: text });
      if (seconds > secondsOf(max))
        context.addIssue({ code: "custom", message: `must be at most ${max}`, input: text });
      return seconds;
    });
}

/** `20ms`, `2s` in the file; milliseconds in code. */
export function milliseconds({ min = "0ms", max = "60s" }: Bounds = {}): z.ZodPipe<
  z.ZodString,
  z.ZodTransform<number, string>
> {
  const words = "must be a duration such as 20ms or 2s";
  return z
    .string(words)
    .regex(shortDurationPattern, words)
    .transform((text, context) => {
      const value = millisecondsOf(text);
      if (value < millisecondsOf(min))
        context.addIssue({ code: "custom", message: `must be at least ${min}`, input: text });
      if (value > millisecondsOf(max))
        context.addIssue({ code: "custom", message: `must be at most ${max}`, input: text });
      return value;
    });
}

export const percentagePattern = /^\d{1,3}(?:\.\d{1,4})?%$/;

/** `75%` in the file; a share from 0 to 1 in code. The bounds are in percent. */
export function percentage({ min = 0, max = 100 }: { readonly min?: number; readonly max?: number } = {}): z.ZodPipe<
  z.ZodString,
  z.ZodTransform<number, string>
> {
  const words = "must be a percentage such as 75%";
  return z
    .string(words)
    .regex(percentagePattern, words)
    .transform((text, context) => {
      const percent = Number(text.slice(0, -1));
      if (percent < min) context.addIssue({ code: "custom", message: `must be at least ${min}%`, input: text });
      if (percent > max) context.addIssue({ code: "custom", message: `must be at most ${max}%`, input: text });
      return percent / 100;
    });
}

/** An amount of memory as systemd takes it. */
export const memorySize = z
  .string("must be a size such as 512M or 2G")
  .regex(/^[1-9][0-9]{0,9}[KMGT]$/, "must be a size such as 512M or 2G");

/** Says that of some keys exactly one is given. */
export function exactlyOne(keys: readonly string[]): (value: object) => boolean {
  return (value) => keys.filter((key) => key in value).length === 1;
}
