/** What goes into requests to forges: each part refused when it cannot be put where it belongs. */
import type { Report, ReportRequest } from "../../ports/forge.ts";
import { ReportRefused } from "../../ports/forge.ts";

/**
 * A POST of JSON.
 *
 * @throws {ReportRefused} when a header would not be one header
 */
export function jsonRequest(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Readonly<Record<string, string | undefined>>,
): ReportRequest {
  // The words leave the value out: it is the token.
  for (const [name, value] of Object.entries(headers))
    if (!/^[\u0021-\u007e]+(?: [\u0021-\u007e]+)?$/.test(value))
      throw new ReportRefused(`The header ${name} cannot be sent.`);
  return {
    method: "POST",
    url,
    headers: { accept: "application/json", "content-type": "application/json", "user-agent": "signalbox", ...headers },
    body: JSON.stringify(body),
  };
}

/**
 * `owner/name` as the end of a path.
 *
 * @throws {ReportRefused}
 */
export function repositoryPath(repository: string): string {
  const parts = repository.split("/");
  if (parts.length < 2 || !parts.every((part) => /^[\w.-]{1,200}$/.test(part) && !/^\.\.?$/.test(part)))
    throw new ReportRefused(`${JSON.stringify(repository.slice(0, 100))} is not the name of a repository on a forge.`);
  return parts.join("/");
}

/** The same as one part of a path, as GitLab wants it. */
export function projectId(repository: string): string {
  return encodeURIComponent(repositoryPath(repository));
}

/** @throws {ReportRefused} */
export function commitOf({ revision }: Report): string {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision))
    throw new ReportRefused(`${JSON.stringify(revision.slice(0, 100))} is not the full name of a commit.`);
  return revision;
}

/** @throws {ReportRefused} */
export function pageOf({ url }: Report, most = 2048): string | undefined {
  if (url === undefined) return undefined;
  if (!/^https?:\/\/[\u0021-\u007e]+$/.test(url) || url.length > most || !URL.canParse(url))
    throw new ReportRefused("The page of the deployment has no address that a forge takes.");
  return url;
}

/** One status of a commit for each place: `signalbox/orders@dev`. */
export function statusName({ place }: Report): string {
  if (!/^[a-z0-9-]{1,63}@[a-z0-9-]{1,63}$/.test(place))
    throw new ReportRefused("A report is about a service@environment.");
  return `signalbox/${place}`;
}

/** On one line, and at most so many UTF-16 units long. */
export function cut(words: string, most: number): string {
  const line = words
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  if (line.length <= most) return line;
  let kept = "";
  for (const character of line) {
    if (kept.length + character.length > most - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
