/** Which addresses of repositories are fetched from, and why another is refused. */

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;
const scpForm =
  /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)[A-Za-z0-9._~/+][A-Za-z0-9._~/+-]*$/;
const plainPath = /^(?:\/[A-Za-z0-9._@+~-]+)+\/?$/;
const looksLikeToken = /^(?:gh[a-z]_|github_pat_|glpat-|gitea_|ATBB|x-token)|^.{33,}$/i;

export const offerInstead =
  "Leave the password out and name an askpass program in source.askpass, or use ssh with an agent or identityFile.";

/** The words for what is wrong with it, never the address itself; nothing when it may be used. */
export function gitUrlMistake(text: string): string | undefined {
  if (text.length > 2048) return "has more than 2048 characters";
  if (/[^!-~]/.test(text)) return "must not have spaces, control characters or letters beyond ASCII in it";
  if (text.startsWith("-")) return "must not begin with '-': git would take it for an option";
  if (/^[A-Za-z0-9+.-]*::/.test(text)) return "names a transport of its own; https, ssh and file are taken";
  if (scheme.test(text)) return urlMistake(text);
  if (text.startsWith("/")) return plainPath.test(text) && !hasDots(text) ? undefined : "is not a plain absolute path";
  if (/:[^/]*@/.test(text)) return "has a password in it";
  return scpForm.test(text) ? undefined : "must be an https://, ssh:// or file:// address, or user@host:path";
}

function urlMistake(text: string): string | undefined {
  if (!URL.canParse(text)) return "cannot be read as an address";
  const url = new URL(text);
  // Compared after parsing, so that neither case nor escapes get around it.
  if (url.protocol === "file:") {
    return url.host === "" && plainPath.test(url.pathname) && !hasDots(text)
      ? undefined
      : "must be file:// and a plain absolute path";
  }
  if (url.protocol !== "https:" && url.protocol !== "ssh:") {
    return `must use https, ssh or file, not ${url.protocol.replace(":", "")}`;
  }
  if (url.password !== "") return "has a password in it";
  if (url.protocol === "https:" && looksLikeToken.test(url.username)) return "has a token in it";
  if (url.username !== "" && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(url.username)) return "has an odd user name in it";
  if (!/^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\])$/.test(url.hostname)) return "has an odd host name in it";
  if (url.search !== "" || url.hash !== "") return "must not have a query or a fragment";
  if (!/^\/[A-Za-z0-9._~/+%-]+$/.test(url.pathname) || url.pathname.startsWith("/-")) return "has an odd path in it";
  return undefined;
}

function hasDots(path: string): boolean {
  return path.split("/").some((part) => part === "." || part === "..");
}

/** What `git check-ref-format --branch` takes, and never an option. */
export function isBranchName(name: string): boolean {
  if (name === "" || name.length > 250 || /^[-/.]|[/.]$|\.lock(?:\/|$)|\.\.|\/\/|\/\.|@\{|^@$/.test(name)) return false;
  return !/[\0-\x20\x7F~^:?*[\\]/.test(name);
}
