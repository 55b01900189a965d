/** The forges that can send webhooks, by the word that the configuration has for them. */
import type { ForgeKind } from "../../core/trigger-hook.ts";
import type { Forge, Forges } from "../../ports/forge.ts";
import { sendReport } from "./send.ts";

const products: Readonly<Record<ForgeKind, () => Promise<Forge>>> = {
  github: async () => (await import("./github.ts")).github,
  gitlab: async () => (await import("./gitlab.ts")).gitlab,
  gitea: async () => (await import("./gitea.ts")).gitea,
  forgejo: async () => (await import("./gitea.ts")).forgejo,
  bitbucket: async () => (await import("./bitbucket.ts")).bitbucket,
  signed: async () => (await import("./signed.ts")).signed,
};

/** Each is loaded when a hook first needs it. */
export function forgeOf(kind: ForgeKind): Promise<Forge> {
  return products[kind]();
}

export const forges: Forges = { of: forgeOf, send: sendReport };
