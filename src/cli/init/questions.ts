/** The questions of `init`; six at most, each with an answer to begin with. */
import type * as Prompts from "@clack/prompts";

import { hostNamePattern, reservedServiceNames, serviceNamePattern } from "../../core/names.ts";
import type { Answers, Found } from "./answers.ts";
import { placeholderHost, usualAnswers } from "./answers.ts";
import type { SshHost } from "./ssh-hosts.ts";

/** Thrown when a person leaves with Ctrl-C: nothing has been written. */
export class Left extends Error {}

export async function ask(found: Found, prompts: typeof Prompts): Promise<Answers> {
  const usual = usualAnswers(found);
  const text = async (message: string, initialValue: string, validate: (value: string) => string | undefined) => {
    const answer = await prompts.text({ message, initialValue, validate: (value) => validate(value ?? "") });
    if (prompts.isCancel(answer)) throw new Left();
    return answer.trim();
  };

  const service = await text("What is the service called?", usual.service, serviceMistake);
  const unit = found.unitOf(service);
  const started = found.project.exec ?? unit?.exec ?? usual.exec;
  const exec = await text("How is it started? (words, without a shell)", started.join(" "), commandMistake);
  const port = await text(
    "Which port does it listen on? (empty: none)",
    String(unit?.port ?? usual.port ?? ""),
    portMistake,
  );
  const path =
    port === ""
      ? ""
      : await text(
          "Which path answers when it is healthy? (empty: only the port)",
          usual.healthPath ?? "",
          pathMistake,
        );
  const production = await hosts(found, prompts, "Which hosts are production?", true, text);
  const dev = await hosts(found, prompts, "Which hosts are for development? (none: only production)", false, text);
  return {
    service,
    // An unchanged answer keeps its arguments, with the spaces that are in them.
    exec: exec === started.join(" ") ? started : exec.split(/\s+/),
    ...(port === "" ? {} : { port: Number(port) }),
    ...(path === "" ? {} : { healthPath: path }),
    production,
    dev: dev.filter(({ name }) => !production.some((host) => host.name === name)),
  };
}

type AskText = (message: string, initial: string, validate: (value: string) => string | undefined) => Promise<string>;

async function hosts(
  { sshHosts }: Found,
  prompts: typeof Prompts,
  message: string,
  required: boolean,
  text: AskText,
): Promise<readonly SshHost[]> {
  if (sshHosts.length === 0) {
    const answer = await text(`${message} (names or addresses)`, required ? placeholderHost.address : "", (value) => {
      return hostMistake(value, required);
    });
    return answer.split(/[\s,]+/).flatMap((word) => (word === "" ? [] : [hostFrom(word)]));
  }
  const options = sshHosts.map((host) => ({ value: host.name, label: host.name, hint: host.address }));
  const chosen = await prompts.multiselect({ message, options, required });
  if (prompts.isCancel(chosen)) throw new Left();
  return sshHosts.filter(({ name }) => chosen.includes(name));
}

function hostFrom(word: string): SshHost {
  const [user, address] = word.includes("@") ? word.split("@", 2) : [undefined, word];
  const name = (address ?? word).toLowerCase();
  return {
    name: hostNamePattern.test(name) ? name : "web-1",
    address: address ?? word,
    ...(user === undefined ? {} : { user }),
  };
}

function serviceMistake(value: string): string | undefined {
  if (reservedServiceNames.has(value.trim())) return "That is the name of a part of the system.";
  return serviceNamePattern.test(value.trim()) ? undefined : "Use a-z, 0-9 and '-', at most 63 of them.";
}

function commandMistake(value: string): string | undefined {
  return value.trim() === "" || /^[@\-:+!|]/.test(value.trim()) ? "Begin with the program." : undefined;
}

function portMistake(value: string): string | undefined {
  const port = value.trim();
  return port === "" || (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
    ? undefined
    : "1 to 65535.";
}

function pathMistake(value: string): string | undefined {
  return value.trim() === "" || /^\/[!-~]*$/.test(value.trim()) ? undefined : "A path such as /healthz.";
}

function hostMistake(value: string, required: boolean): string | undefined {
  const words = value.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return required ? "Name at least one." : undefined;
  const odd = words.find((word) => !/^(?:[a-z_][a-z0-9_-]{0,31}@)?[A-Za-z0-9][A-Za-z0-9.-]*$/.test(word));
  return odd === undefined ? undefined : `${odd} is not a name or an IPv4 address.`;
}
