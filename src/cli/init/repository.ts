/** Where a checkout comes from. */
import { execFileSync } from "node:child_process";

import { gitUrlMistake, isBranchName } from "../../config/git-url.ts";

export interface Repository {
  /** Missing when there is no remote, or none that may be written into a file. */
  readonly git?: string;
  readonly branch: string;
  readonly doubts: readonly string[];
}

export function detectRepository(directory: string): Repository {
  const remote = git(directory, ["config", "--get", "remote.origin.url"]);
  const published = git(directory, ["symbolic-ref", "--short", "refs/remotes/origin/HEAD"])?.replace(/^origin\//, "");
  const current = git(directory, ["symbolic-ref", "--short", "HEAD"]);
  const branch = [published, current].find((name) => name !== undefined && isBranchName(name)) ?? "main";
  if (remote === undefined) return { branch, doubts: ["This directory has no git remote named origin."] };
  const mistake = gitUrlMistake(remote);
  if (mistake === undefined) return { git: remote, branch, doubts: [] };
  const clean = withoutPassword(remote);
  if (clean === undefined) return { branch, doubts: [`The address of origin ${mistake}; it is left out.`] };
  return { git: clean, branch, doubts: ["The password in the address of origin is left out; see source.askpass."] };
}

function withoutPassword(remote: string): string | undefined {
  if (!URL.canParse(remote)) return undefined;
  const url = new URL(remote);
  url.username = url.protocol === "ssh:" ? url.username : "";
  url.password = "";
  return gitUrlMistake(url.href) === undefined ? url.href : undefined;
}

function git(directory: string, args: readonly string[]): string | undefined {
  try {
    const options = {
      cwd: directory,
      encoding: "utf8" as const,
      timeout: 5_000,
      stdio: ["ignore" as const, "pipe" as const, "ignore" as const],
    };
    const answer = execFileSync("git", [...args], options).trim();
    return answer === "" ? undefined : answer;
  } catch {
    return undefined;
  }
}
