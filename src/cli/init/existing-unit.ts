/** A systemd unit that runs the service until now. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { absolutePathPattern, userNamePattern } from "../../core/names.ts";

export interface ExistingUnit {
  readonly unit: string;
  readonly exec?: readonly string[];
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly port?: number;
}

/** Looked for by the service's name among the machine's units, then among the project's own files. */
export function detectUnit(service: string, directory: string, systemDirectory: string): ExistingUnit | undefined {
  const unit = `${service}.service`;
  const usual = [
    systemDirectory,
    directory,
    ...["deploy", "systemd", "etc", "packaging"].map((name) => join(directory, name)),
  ];
  for (const place of usual) {
    const named = join(place, unit);
    if (existsSync(named)) return readUnit(unit, readFileSync(named, "utf8"));
  }
  for (const place of usual.slice(1)) {
    const [only, ...others] = existsSync(place) ? readdirSync(place).filter((file) => file.endsWith(".service")) : [];
    if (only !== undefined && others.length === 0) return readUnit(only, readFileSync(join(place, only), "utf8"));
  }
  return undefined;
}

/** Only what can be carried over without changing its meaning; everything else stays a person's decision. */
export function readUnit(unit: string, text: string): ExistingUnit {
  const lines = text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/);
  const last = (key: string): string | undefined => {
    const line = lines.findLast((line) => line.trimStart().startsWith(`${key}=`));
    return line?.slice(line.indexOf("=") + 1).trim();
  };
  const exec = argumentsOf(last("ExecStart") ?? "");
  const user = last("User");
  const workingDirectory = last("WorkingDirectory");
  const port = /(?:--?(?:server\.)?port[= ]|\bPORT=|-Dserver\.port=)["']?(\d{2,5})\b/i.exec(text)?.[1];
  return {
    unit,
    ...(exec === undefined ? {} : { exec }),
    ...(user !== undefined && userNamePattern.test(user) && user !== "root" ? { user } : {}),
    ...(workingDirectory !== undefined && absolutePathPattern.test(workingDirectory) ? { workingDirectory } : {}),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** Missing when it uses more of systemd's language than words and simple quotes. */
function argumentsOf(command: string): readonly string[] | undefined {
  if (command === "" || /^[@\-:+!|]|[%$\\;]/.test(command)) return undefined;
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
    ([, one, two, three]) => one ?? two ?? three!,
  );
  return words.length > 0 ? words : undefined;
}
