/** What git's messages mean, and what can be done about it. */
import { GitFailed } from "../../ports/git.ts";
import type { GitResult } from "./process.ts";

type Because = GitFailed["because"];

/** The first that fits says why; the order goes from the special to the general. */
const meanings: readonly (readonly [RegExp, Because, happened: string, next: string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/i,
    "refused",
    "the git server did not show the pinned host key",
    "If its operator changed the key, compare the fingerprint and put the new key into source.hostKeys.",
  ],
  [
    /couldn't find remote ref|not our ref|unadvertised object|Server does not allow request/i,
    "no-such-ref",
    "it is not there",
    "Look whether it was deleted, renamed or not pushed yet.",
  ],
  [
    /could not resolve host|name or service not known|temporary failure in name resolution/i,
    "unreachable",
    "the name of the git server is unknown",
    "Check the address and the server's DNS, then retry.",
  ],
  [
    /connection refused|connection timed out|connection reset|couldn't connect|failed to connect|no route to host|network is unreachable|operation timed out|operation too slow|timeout, server|early eof|unexpected disconnect|rpc failed|error: 5\d\d/i,
    "unreachable",
    "the git server did not answer",
    "Check that it runs and can be reached from here, then retry.",
  ],
  [
    /unable to update url base from redirection|requested URL returned error: 3\d\d/i,
    "refused",
    "the git server redirects to another address",
    "Put the address that it redirects to into source.git.",
  ],
  [
    /transport '.*' not allowed|protocol '.*' is not supported/i,
    "refused",
    "the git server wanted another protocol",
    "Use an https:// or ssh:// address.",
  ],
  [
    /dubious ownership/i,
    "refused",
    "the repository belongs to another user of this machine",
    "Give it to the user that runs the server, or fetch it over ssh://.",
  ],
  [
    /bad permissions|unprotected private key|error in libcrypto|invalid format/i,
    "denied",
    "the key in source.identityFile can't be used",
    "It has to be a private key that only the server's user may read (chmod 600).",
  ],
  [
    /permission denied|authentication failed|could not read (?:username|password)|access denied|terminal prompts disabled|error: 40[13]/i,
    "denied",
    "the git server refused the login",
    "Check the key (source.identityFile) or the program that prints the password (source.askpass), and what it may read.",
  ],
  [
    /repository .*not found|does not appear to be a git repository|not a git repository|error: 404|could not be found/i,
    "denied",
    "there is no such repository, or this login may not see it",
    "Check the path of the address and the login's rights.",
  ],
  [
    /no space left on device|disk quota exceeded/i,
    "failed",
    "the server's disk is full",
    "Free some space, then retry.",
  ],
];

/** @param tried completes the sentence "git could not ...". */
export function failureOf(tried: string, result: GitResult, limitSeconds: number): GitFailed {
  if (result.ended === "aborted") return new GitFailed("failed", `git was stopped before it could ${tried}.`);
  if (result.ended === "limit")
    return new GitFailed(
      "unreachable",
      `git could not ${tried} within ${limitSeconds} s and was ended.\n  Next: see whether the git server is slow, then retry.`,
    );
  if (result.ended === "too-much") return new GitFailed("failed", `git could not ${tried}: it answered too much.`);
  if (result.code === 75)
    return new GitFailed(
      "failed",
      `git could not ${tried}: another git worked in the same mirror for ${limitSeconds} s.`,
    );
  const said = lastLines(result.stderr);
  const meaning = meanings.find(([pattern]) => pattern.test(result.stderr));
  const [, because, happened, next] = meaning ?? [
    undefined,
    "failed" as const,
    `it ended with ${result.code}`,
    undefined,
  ];
  return new GitFailed(
    because,
    [
      `git could not ${tried}: ${happened}.`,
      ...(said === "" ? [] : [`git said: ${said}`]),
      ...(next === undefined ? [] : [`Next: ${next}`]),
    ].join("\n  "),
  );
}

/** What git itself said at the end. Other programs that it starts (such as askpass) may print secrets: left out. */
function lastLines(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => /^(?:fatal|error|remote|ssh|warning):|@[^ ]+: Permission denied|^Host key|^@ /i.test(line))
    .map((line) =>
      line
        .replace(/\/\/[^/@\s]*@/g, "//")
        .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ")
        .trim()
        .slice(0, 300),
    )
    .slice(-4)
    .join(" / ");
}
