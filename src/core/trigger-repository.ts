/** When two addresses lead to the same repository. */

/** Hosts that only pass on to another one, for networks that let nothing but port 443 through. */
const otherDoors: ReadonlyMap<string, string> = new Map([
  ["ssh.github.com", "github.com"],
  ["altssh.gitlab.com", "gitlab.com"],
  ["altssh.bitbucket.org", "bitbucket.org"],
]);

const withScheme = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(\/.*)?$/i;
const scpLike = /^(?:[^@/:]*@)?(\[[^\]]*\]|[^@/:]+):(.*)$/;

/** White space, invisible characters and halves of characters, and what begins something else in an address. */
const unusual = /[\p{C}\p{Z}\\?#]/u;
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/;

/**
 * One name for a repository, however it is reached: `github.com/acme/orders` for its https, ssh and scp-like
 * addresses, `file:/srv/git/orders` for one on this machine. Nothing for what is no address.
 *
 * User, port, case and `.git` make no difference. So it may take two repositories for one on servers that tell them
 * apart by these; then a push to one has the other one looked at, where nothing has changed.
 */
export function repositoryIdentity(address: string): string | undefined {
  if (address.length > 2048 || unusual.test(address)) return undefined;
  if (address.startsWith("/")) return fileIdentity(address);
  const [, scheme, authority, path = ""] = withScheme.exec(address) ?? [];
  if (scheme !== undefined && authority !== undefined) return withProtocol(scheme.toLowerCase(), authority, path);
  const [, host, scpPath] = scpLike.exec(address) ?? [];
  if (host === undefined || scpPath === undefined || scpPath.startsWith(":")) return undefined;
  return remoteIdentity(host, scpPath);
}

/** Whether one of the addresses leads to the repository of another one. */
export function isSameRepository(addresses: readonly string[], other: string): boolean {
  const identity = repositoryIdentity(other);
  return identity !== undefined && addresses.some((address) => repositoryIdentity(address) === identity);
}

/** The name of a repository on its forge, such as `acme/orders`; nothing for one on this machine. */
export function nameOnForge(identity: string): string | undefined {
  return identity.startsWith("file:") ? undefined : identity.slice(identity.indexOf("/") + 1);
}

function withProtocol(scheme: string, authority: string, path: string): string | undefined {
  if (scheme === "file") return authority === "" ? fileIdentity(path) : undefined;
  if (!["https", "http", "ssh", "git"].includes(scheme)) return undefined;
  const [, host] = /^(?:.*@)?(\[[^\]]*\]|[^@:]*)(?::[0-9]{0,5})?$/.exec(authority) ?? [];
  const decoded = decodePercents(path);
  return host === undefined || decoded === undefined ? undefined : remoteIdentity(host, decoded);
}

function remoteIdentity(host: string, path: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  const parts = partsOf(path);
  if (!hostPattern.test(name) || parts === undefined) return undefined;
  return [otherDoors.get(name) ?? name, ...parts].join("/").toLowerCase();
}

function fileIdentity(path: string): string | undefined {
  const parts = partsOf(path);
  return parts === undefined ? undefined : `file:/${parts.join("/")}`;
}

/** Nothing when it leads nowhere, or out of itself. */
function partsOf(path: string): readonly string[] | undefined {
  const parts = path
    .normalize("NFC")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const last = parts.pop()?.replace(/\.git$/i, "");
  const all = last === undefined || last === "" ? parts : [...parts, last];
  return all.length === 0 || all.includes("..") ? undefined : all;
}

function decodePercents(path: string): string | undefined {
  try {
    const decoded = decodeURIComponent(path);
    return unusual.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
