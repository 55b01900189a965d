/** Which forge shows what becomes of a repository's commits. */
import type { TriggerHook } from "../../core/trigger-hook.ts";
import { nameOnForge, repositoryIdentity } from "../../core/trigger-repository.ts";
import type { NewReport } from "../../ports/pushes.ts";

/**
 * The hook that told of the push, or the one whose forge is where the repository is. Nothing without a token: then
 * nobody wants it shown.
 */
export function reportTo(
  address: string,
  hooks: readonly TriggerHook[],
  told?: string,
): Pick<NewReport, "hook" | "repository"> | undefined {
  const identity = repositoryIdentity(address);
  const repository = identity === undefined ? undefined : nameOnForge(identity);
  if (identity === undefined || repository === undefined) return undefined;
  const able = hooks.filter(({ token }) => token !== undefined);
  const hook = able.find(({ name }) => name === told) ?? able.find(({ api }) => isOf(identity, api));
  return hook === undefined ? undefined : { hook: hook.name, repository };
}

/** `api.github.com` is of `github.com`, and `git.example.com/api/v1` of `git.example.com`. */
function isOf(identity: string, api: string | undefined): boolean {
  if (api === undefined || !URL.canParse(api)) return false;
  const host = new URL(api).hostname;
  return [host, host.replace(/^api\./, "")].includes(identity.slice(0, identity.indexOf("/")));
}
