import { z } from "zod";

import { gitUrlMistake, isBranchName } from "./git-url.ts";
import { absolutePath, localFile, optional } from "./values.ts";
import { publicKeys } from "./host.ts";

const gitUrl = z.string().superRefine((text, context) => {
  const mistake = gitUrlMistake(text);
  if (mistake !== undefined) context.addIssue({ code: "custom", message: mistake, params: { code: "SB-CONFIG-GIT" } });
});

export const branchName = z.string().refine(isBranchName, "is not a branch name that git takes");

export const sourceSchema = z.strictObject({
  git: optional(
    gitUrl,
    "The repository: an https:// or ssh:// address, user@host:path, or an absolute path (or file://) on the server. Never with a password.",
    { examples: ["ssh://git@git.example.com/shop/orders.git"] },
  ),
  branch: optional(branchName, "The branch that is deployed when nobody names a revision.", { default: "main" }),
  submodules: optional(z.boolean(), "Whether submodules are fetched, too.", { default: false }),
  askpass: optional(
    absolutePath,
    "A program on the server that prints the user name, password or token when git asks for it, as with GIT_ASKPASS.",
  ),
  identityFile: optional(localFile, "A private key on the server for git over SSH."),
  hostKeys: optional(
    publicKeys,
    "Pinned public keys of the git server: a line of known_hosts without its first word, or a list of such lines.",
  ),
});
