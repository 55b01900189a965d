/** What is said to HAProxy's runtime API: values here, one line of text there, and nothing else ever. */

export type RuntimeCommand =
  | { readonly say: "show info" }
  | { readonly say: "show env" }
  | { readonly say: "show cli level" }
  | { readonly say: "show events" }
  | { readonly say: "follow"; readonly ring: string }
  | { readonly say: "show servers state"; readonly backend: string }
  | { readonly say: "show stat"; readonly backend: string }
  | { readonly say: "show map"; readonly map: string }
  | { readonly say: "prepare map"; readonly map: string }
  | {
      readonly say: "add map";
      readonly map: string;
      readonly version: number;
      readonly key: string;
      readonly value: string;
    }
  | { readonly say: "commit map"; readonly map: string; readonly version: number }
  | { readonly say: "set state"; readonly server: ServerName; readonly state: "ready" | "drain" | "maint" }
  /** Until its next check has passed. */
  | { readonly say: "health down"; readonly server: ServerName }
  | { readonly say: "shutdown sessions"; readonly server: ServerName };

export interface ServerName {
  readonly backend: string;
  readonly server: string;
}

/**
 * One line for the runtime API, without its end.
 *
 * @throws {RangeError} for a name or a path that could mean more than itself
 */
export function encode(command: RuntimeCommand): string {
  switch (command.say) {
    case "show info":
    case "show env":
    case "show cli level":
    case "show events":
      return command.say;
    case "follow":
      return `show events ${word(command.ring)} -w -n`;
    case "show servers state":
      return `show servers state ${word(command.backend)}`;
    case "show stat":
      // Servers only (4) of that backend, in the columns of CSV.
      return `show stat ${word(command.backend)} 4 -1`;
    case "show map":
    case "prepare map":
      return `${command.say} ${file(command.map)}`;
    case "add map":
      return `add map @${count(command.version)} ${file(command.map)} ${word(command.key)} ${word(command.value)}`;
    case "commit map":
      return `commit map @${count(command.version)} ${file(command.map)}`;
    case "set state":
      return `set server ${server(command.server)} state ${command.state}`;
    case "health down":
      return `set server ${server(command.server)} health down`;
    case "shutdown sessions":
      return `shutdown sessions server ${server(command.server)}`;
  }
}

function server({ backend, server: name }: ServerName): string {
  return `${word(backend)}/${word(name)}`;
}

/** The API splits at spaces, `;` and line ends, and takes `\`, `<<`, `@` and `#` for its own. */
function word(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} cannot be said to HAProxy.`);
  }
  return text;
}

function file(path: string): string {
  if (!/^(?:\/[A-Za-z0-9][A-Za-z0-9_.-]*)+$/.test(path)) {
    throw new RangeError(`${JSON.stringify(path)} cannot be said to HAProxy.`);
  }
  return path;
}

function count(number: number): number {
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${number} is not a version of a map.`);
  return number;
}
