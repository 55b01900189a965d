import { z } from "zod";

import { globMistake } from "../core/trigger-glob.ts";
import { branchName } from "./source.ts";
import { optional } from "./values.ts";

const pattern = z.string().superRefine((text, context) => {
  const mistake = globMistake(text);
  if (mistake !== undefined) context.addIssue({ code: "custom", message: mistake });
});

const patterns = z.array(pattern).min(1, "must have a pattern").max(50, "must have at most 50 patterns");

const pathsSchema = z
  .strictObject({
    include: optional(patterns, "A changed path counts if one of these stands for it. Default: all count.", {
      examples: [["src/**", "build.gradle"]],
    }),
    exclude: optional(patterns, "And none of these does.", { examples: [["docs/**", "**/*.md"]] }),
  })
  .refine((value) => Object.keys(value).length > 0, "must have include or exclude");

/** What of a repository is deployed to an environment, and when. */
export const deploysSchema = z.strictObject({
  branch: optional(
    branchName,
    "The branch that belongs to the environment; also what is deployed when nobody names a revision. Default: the one of each service's source.",
  ),
  branches: optional(
    patterns,
    "Patterns of branches, in place of `branch`: `*` is any number of characters but no slash, `**` any number of parts. Default with `tags`: no branch.",
    { examples: [["release/*"]] },
  ),
  tags: optional(patterns, "Patterns of tags.", { examples: [["v*"]] }),
  paths: optional(
    pathsSchema,
    "A push to a branch that changes nothing of this is left out. Tags are deployed whatever they change.",
  ),
  on: optional(
    z.enum(["push", "request"]),
    "What starts a deployment: a push to one of these branches and tags, or only a request.",
    { default: "request" },
  ),
});

export type DeploysSettings = z.output<typeof deploysSchema>;
