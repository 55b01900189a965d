/** Where a repository is: which addresses git may be sent to, and how they are called in messages. */
import { isIP } from "node:net";
import { posix } from "node:path";

import { GitFailed } from "../../ports/git.ts";

export interface Address {
  /** As git gets it. */
  readonly url: string;
  readonly protocol: "https" | "http" | "ssh" | "file";
  /** Whom credentials belong to: they are never shown to another one. */
  readonly origin: string;
  /** For people; without a user name. */
  readonly title: string;
}

const scpLike = /^(?:([^@:/[\]]*)@)?(\[[^\]]*\]|[^@:/[\]]+):(.*)$/s;
const withScheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s;
const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/;
const pathPattern = /^\/[^\u0000-\u0020\u007f?#\\]+$/;

/** Forms that forges give to their tokens; they sometimes are put where a user name belongs. */
const tokenPattern = /^(?:gh[a-z]_|github_pat_|glpat-|gldt-|ATBB)/;

/**
 * Reads the address of a repository.
 *
 * `plainHttp` are the hosts that may be asked without encryption; they have to be this machine or a private network.
 *
 * @throws {GitFailed} because it is `refused`; its message never holds a password
 */
export function readAddress(git: string, plainHttp: ReadonlySet<string>): Address {
  if (git.length > 2048 || /[\u0000-\u0020\u007f]/.test(git))
    refuse("it holds white space or control characters, or is too long");
  if (git.startsWith("/")) return filePath(git);
  const [, scheme, rest] = withScheme.exec(git) ?? [];
  if (scheme !== undefined && rest !== undefined) return withProtocol(scheme.toLowerCase(), rest, plainHttp);
  const [, user, host, path] = scpLike.exec(git) ?? [];
  if (host === undefined || path === undefined || path.startsWith(":"))
    refuse("it is neither https://, ssh://, user@host:path nor an absolute path");
  return remote("ssh", { user, host, port: undefined, path: path.startsWith("/") ? path : `/./${path}` }, git);
}

/** The address of a submodule, which may be relative to that of its parent. */
export function readRelativeAddress(url: string, parent: Address, plainHttp: ReadonlySet<string>): Address {
  if (!/^\.\.?\//.test(url)) return readAddress(url, plainHttp);
  const base = /^(?:([A-Za-z]+:\/\/[^/]*)|([^/:]*:))?(.*)$/s.exec(parent.url);
  const [, origin = "", scp = "", path = ""] = base ?? [];
  const joined = posix.normalize(posix.join(path === "" ? "/" : path, url));
  if (joined.startsWith("..")) refuse("the relative address of a submodule leads out of its server");
  return readAddress(`${origin}${scp}${joined.replace(/\/$/, "")}`, plainHttp);
}

interface Parts {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
}

function withProtocol(protocol: string, rest: string, plainHttp: ReadonlySet<string>): Address {
  if (protocol === "file") return filePath(rest);
  if (protocol !== "https" && protocol !== "http" && protocol !== "ssh")
    refuse(`git over ${protocol} is not allowed; use https:// or ssh://`);
  const [, authority = "", path = ""] = /^([^/]*)(.*)$/s.exec(rest) ?? [];
  const [, userinfo, hostPort = ""] = /^(?:(.*)@)?([^@]*)$/s.exec(authority) ?? [];
  if (userinfo?.includes(":") === true)
    refuse(
      "it holds a password, which would be seen in process lists and logs.\n" +
        "  Take the password out of the address and name a program that prints it: source.askpass",
    );
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(hostPort) ?? [];
  if (protocol === "http" && !(plainHttp.has(host) && isNear(host)))
    refuse(
      "http:// sends source and credentials unencrypted; use https:// or ssh://.\n" +
        "  It is allowed to this machine or a private address that the server's settings name for it",
    );
  return remote(protocol, { user: userinfo, host, port, path }, `${protocol}://${rest}`);
}

function remote(protocol: Address["protocol"], { user, host, port, path }: Parts, url: string): Address {
  if (!hostPattern.test(host)) refuse(`its host ${JSON.stringify(host)} is not a host name or address`);
  if (user !== undefined && !userPattern.test(user)) refuse("its user name is not one");
  if (user !== undefined && tokenPattern.test(user))
    refuse("a token stands where the user name belongs; name a program that prints it: source.askpass");
  if (!pathPattern.test(path) || /^\/\.?\/?-/.test(path)) refuse("its path is empty or holds unusual characters");
  const at = port === undefined ? host : `${host}:${port}`;
  return { url, protocol, origin: `${protocol}://${at}`, title: `${at}${path.replace(/^\/\.\//, "/")}` };
}

function filePath(path: string): Address {
  if (!pathPattern.test(path) || posix.normalize(path) !== path)
    refuse("a repository on this machine needs an absolute path without . and ..");
  return { url: path, protocol: "file", origin: "file:", title: path };
}

/** This machine, or a network that is not the internet. */
function isNear(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(bare) === 4) return /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2[0-9]|3[01])\.)/.test(bare);
  if (isIP(bare) === 6) return bare === "::1" || /^f[cd]/.test(bare);
  return bare === "localhost" || !bare.includes(".") || /\.(?:internal|local|lan|home\.arpa|test)$/.test(bare);
}

function refuse(why: string): never {
  throw new GitFailed("refused", `The address of the repository is refused: ${why}.`);
}
