/**
 * The systemd unit of a service as a list of typed directives.
 *
 * A unit file is a language: a line break starts a new directive, `%` expands, quotes and backslashes group.
 * Values become directives only through the encoders below (systemd.syntax(7), systemd.service(5)); the helper
 * on the host checks every directive again and adds what only root decides (user, directory, environment file).
 */
import { digestOf } from "./digest.ts";
import { variableNamePattern } from "./names.ts";
import type { SecretPin } from "./secret.ts";
import type { Target, Unit } from "./service.ts";

/** One `Key=Value` line in a section. */
export interface Directive {
  readonly section: "Unit" | "Service" | "Install";
  readonly key: string;
  readonly value: string;
}

/** A value that can't be written into a unit. */
export class UnitValueError extends Error {
  override readonly name = "UnitValueError";
}

/** The directives of a unit; `exec` is the absolute path of the program on the host. */
export function unitDirectives(unit: Unit, exec: string): readonly Directive[] {
  const service = (key: string, value: string): Directive => ({ section: "Service", key, value });
  return [
    { section: "Unit", key: "Description", value: plainText(unit.description, "description") },
    { section: "Unit", key: "After", value: "network-online.target" },
    { section: "Unit", key: "Wants", value: "network-online.target" },
    service("Type", unit.type),
    service("ExecStart", execLine([exec, ...unit.exec.slice(1)])),
    service("Restart", unit.restart),
    service("RestartSec", `${unit.restartSeconds}s`),
    service("TimeoutStopSec", `${unit.stopWithinSeconds}s`),
    ...(unit.successExitStatus.length > 0 ? [service("SuccessExitStatus", unit.successExitStatus.join(" "))] : []),
    ...(unit.memoryMax === undefined ? [] : [service("MemoryMax", oneLine(unit.memoryMax, "memoryMax"))]),
    ...(unit.openFiles === undefined ? [] : [service("LimitNOFILE", String(unit.openFiles))]),
    { section: "Install", key: "WantedBy", value: "multi-user.target" },
  ];
}

/** What tells two settings of a release apart on a host. */
export function settingsDigest(
  directives: readonly Directive[],
  variables: Readonly<Record<string, string>>,
  pins: readonly SecretPin[] = [],
): string {
  return digestOf({ directives, variables, ...(pins.length === 0 ? {} : { pins }) });
}

/** The variables of a unit as the lines `NAME=VALUE` that the helper reads. A line break in a value would be another variable. */
export function variableLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!variableNamePattern.test(name))
        throw new UnitValueError(`${JSON.stringify(name)} can't be the name of a variable`);
      refuseControl(value, `the value of ${name}`, "its value is not shown");
      return `${name}=${value}\n`;
    })
    .join("");
}

/** An argument list as an `ExecStart=` value: every argument quoted, specifiers and variables switched off. */
export function execLine(argv: readonly string[]): string {
  const [program] = argv;
  if (program === undefined || !program.startsWith("/")) {
    throw new UnitValueError(`the program of a unit must be an absolute path, not ${JSON.stringify(program ?? "")}`);
  }
  // systemd replaces variables in arguments only, so a doubled "$" would stay doubled here.
  if (program.includes("$"))
    throw new UnitValueError(`the program of a unit may not have a "$" in its path: ${program}`);
  return argv.map((argument, index) => execWord(argument, index)).join(" ");
}

/** One word of a command line: `%` and `$` doubled, quotes and backslashes escaped. */
function execWord(argument: string, index: number): string {
  refuseControl(argument, `argument ${index} of exec`);
  const escaped = argument.replaceAll("%", "%%").replaceAll("$", "$$$$");
  // The helper takes a directive that ends in "=" for one without a value.
  const isPlain = /^[A-Za-z0-9_@%+=:,./-]*[A-Za-z0-9_@%+:,./-]$/.test(escaped);
  if (isPlain && !(index === 0 && /^[@:+!|-]/.test(escaped))) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Text for people, such as a description. */
function plainText(text: string, field: string): string {
  refuseControl(text, field);
  if (text.endsWith("\\")) throw new UnitValueError(`${field} may not end in a backslash: it would continue the line`);
  return text.replaceAll("%", "%%");
}

function oneLine(text: string, field: string): string {
  refuseControl(text, field);
  return text;
}

function refuseControl(text: string, field: string, shown: string = JSON.stringify(text)): void {
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    throw new UnitValueError(`${field} holds a line break or another control character: ${shown}`);
  }
}

/** The unit as the helper writes it: the directives, and the ones that only root decides. For diffs; the order may differ. */
export function renderUnit(
  { service, root, unit, slots }: Pick<Target, "service" | "root" | "unit" | "slots">,
  directives: readonly Directive[],
): string {
  const state = `/var/lib/signalbox/services/${service}`;
  const all: readonly Directive[] = [
    ...directives,
    { section: "Service", key: "User", value: unit.user },
    { section: "Service", key: "WorkingDirectory", value: `${root}/slots/%i` },
    { section: "Service", key: "EnvironmentFile", value: `${state}/%i.env` },
    // The later file counts: the port of a slot is root's word.
    ...(slots ? [{ section: "Service", key: "EnvironmentFile", value: `${state}/%i.slot` } as const] : []),
    { section: "Service", key: "NoNewPrivileges", value: "yes" },
    { section: "Service", key: "RestrictSUIDSGID", value: "yes" },
    { section: "Service", key: "CapabilityBoundingSet", value: "" },
  ];
  return (["Unit", "Service", "Install"] as const)
    .map((section) =>
      [
        `[${section}]`,
        ...all.filter((line) => line.section === section).map(({ key, value }) => `${key}=${value}`),
      ].join("\n"),
    )
    .join("\n\n");
}
