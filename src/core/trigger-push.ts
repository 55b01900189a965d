/**
 * What a forge says that happened to one branch or tag.
 *
 * It only ever means "go and look at this ref": the revisions in it are compared, never deployed. Who pushed and what
 * changed is what the forge says; the commits in the mirror know better where it matters.
 */
import { repositoryIdentity } from "./trigger-repository.ts";

export interface PushEvent {
  readonly repository: {
    /** The ways to the repository that the forge names: at least one, each with an identity. */
    readonly addresses: readonly string[];
    /** As the forge calls it, e.g. `acme/orders`. */
    readonly name: string;
  };
  readonly ref: PushedRef;
  readonly change: "created" | "moved" | "deleted";
  /** What the ref pointed to; missing for a new one. For an annotated tag it may be the tag's own object. */
  readonly before?: string;
  /** What the ref points to now; missing for a deleted one. */
  readonly after?: string;
  /** Whether commits were taken away from the ref. Some forges do not say. */
  readonly forced: boolean | "unknown";
  readonly pusher: Person;
  /** Who wrote the new commits, as far as the forge says; each once. */
  readonly authors: readonly Person[];
  /** Whether these are all authors, each with a login or a mail address. */
  readonly authorsComplete: boolean;
  /** Every path that one of the new commits touches, where the forge listed all of them. */
  readonly changedPaths: readonly string[] | "unknown";
}

export interface PushedRef {
  readonly kind: "branch" | "tag";
  readonly name: string;
}

/** Someone as a forge or a commit names them. What could not be read exactly is missing, never mended. */
export interface Person {
  /** Stays the same when the login changes; unique on its forge. */
  readonly id?: string;
  readonly login?: string;
  readonly mail?: string;
  /** For people to read; anybody can call themselves anything. */
  readonly name?: string;
}

/** Such as `refs/heads/main`. */
export function fullRef({ kind, name }: PushedRef): string {
  return `${kind === "branch" ? "refs/heads/" : "refs/tags/"}${name}`;
}

/** Such as `the branch main`. */
export function refTitle({ kind, name }: PushedRef): string {
  return `the ${kind} ${name}`;
}

/** Such as `refs/heads/main`; nothing when it is no branch or tag, or has a name that is never deployed. */
export function readFullRef(text: string): PushedRef | undefined {
  const [, directory, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(text) ?? [];
  if (name === undefined || !isRefName(name)) return undefined;
  return { kind: directory === "heads" ? "branch" : "tag", name };
}

/** What git takes for the name of a branch or tag (git-check-ref-format), without invisible characters and options. */
export function isRefName(name: string): boolean {
  if (name === "" || name === "@" || name.length > 200 || !name.isWellFormed()) return false;
  if (name !== name.normalize("NFC") || /[\p{C}\p{Z}~^:?*[\\]|@\{|\.\.|\.$/u.test(name)) return false;
  return name.split("/").every((part) => !/^$|^[-.]|\.lock$/.test(part));
}

/**
 * The same for the same change of the same ref, whoever delivers it under whichever id: forges do not sign the ids of
 * their deliveries. A change that is equal to the newest one known of its ref is a duplicate. An older one is not
 * enough, since a ref may be moved to and fro.
 */
export function pushKey({ repository, ref, before, after }: PushEvent): string {
  const identities = repository.addresses.flatMap((address) => repositoryIdentity(address) ?? []);
  return [identities.toSorted()[0] ?? "", fullRef(ref), before ?? "-", after ?? "-"].join(" ");
}
