/** Who may tell of pushes: one entry of `hooks` in the configuration. */
export interface TriggerHook {
  /** It is the end of the address that the forge sends to: `/hooks/<name>`. */
  readonly name: string;
  readonly forge: ForgeKind;
  /** The names of the secrets that the forge signs with; never the secrets themselves. */
  readonly secrets: readonly string[];
  /** The name of the secret with which commits are marked; missing: nothing is reported. */
  readonly token?: string;
  /** Where the forge's API begins. */
  readonly api?: string;
}

export type ForgeKind = "github" | "gitlab" | "gitea" | "forgejo" | "bitbucket" | "signed";
