/** Completion scripts. Commands and options are written into them; names come from `signalbox __complete`. */
import type { TreeCommand, TreeOption, Values } from "./tree.ts";

export const shells = ["bash", "zsh", "fish"] as const;

export const scripts: Readonly<Record<(typeof shells)[number], (program: TreeCommand) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

interface Placed {
  /** `/hosts/prepare`; the program itself is empty. */
  readonly path: string;
  readonly command: TreeCommand;
}

function everyCommand(command: TreeCommand, path = ""): readonly Placed[] {
  return [{ path, command }, ...command.commands.flatMap((inner) => everyCommand(inner, `${path}/${inner.name}`))];
}

function bashScript(program: TreeCommand): string {
  return `# bash completion for ${program.name}; made by "${program.name} completion bash".
_${program.name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" word values="" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at/$word" in
      ${commandPatterns(program)}) at="$at/$word" ;;
    esac
  done
${valueChoice(program)}
${wordChoice(program)}
  case "$values" in
    any) return ;;
    file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    service|environment|host) words=$(${program.name} __complete "$values" 2>/dev/null) ;;
    ?*) words=$values ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _${program.name} ${program.name}
`;
}

function zshScript(program: TreeCommand): string {
  return `#compdef ${program.name}
# zsh completion for ${program.name}; made by "${program.name} completion zsh".
_${program.name}() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}" at="" word values="" choice=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
      ${commandPatterns(program)}) at="$at/$word" ;;
    esac
  done
${valueChoice(program)}
${wordChoice(program).replaceAll("words=", "choice=")}
  case "$values" in
    any) return ;;
    file) _files; return ;;
    service|environment|host) choice=$(${program.name} __complete "$values" 2>/dev/null) ;;
    ?*) choice=$values ;;
  esac
  compadd -- \${=choice}
}
if [ "$funcstack[1]" = "_${program.name}" ]; then _${program.name} "$@"; else compdef _${program.name} ${program.name}; fi
`;
}

function commandPatterns(program: TreeCommand): string {
  return everyCommand(program)
    .slice(1)
    .map(({ path }) => path)
    .join("|");
}

/** Sets `values` when the word before is an option that takes one. */
function valueChoice(program: TreeCommand): string {
  const kinds = new Map<string, string[]>();
  for (const { command } of everyCommand(program)) {
    for (const { long, short, values } of command.options) {
      if (values === undefined) continue;
      const flags = kinds.get(valuesText(values)) ?? [];
      kinds.set(valuesText(values), [...new Set([...flags, long, ...(short === undefined ? [] : [short])])]);
    }
  }
  const lines = [...kinds].map(([values, flags]) => `    ${flags.join("|")}) values="${values}" ;;`);
  return ['  case "$prev" in', ...lines, "  esac"].join("\n");
}

/** Sets `words` to the options where one is begun, else `values` to what the command takes. */
function wordChoice(program: TreeCommand): string {
  const lines = everyCommand(program).map(({ path, command }) => {
    const options = [...command.options, ...(path === "" ? [] : program.options)].map(({ long }) => long);
    const next =
      command.commands.length > 0
        ? command.commands.map(({ name }) => name).join(" ")
        : valuesText(command.argument ?? "any");
    return `      "${path}") case "$cur" in -*) words="${[...new Set(options)].join(" ")}" ;; *) values="${next}" ;; esac ;;`;
  });
  return ['  if [ -z "$values" ]; then', '    case "$at" in', ...lines, "    esac", "  fi"].join("\n");
}

function valuesText(values: Values): string {
  return typeof values === "string" ? values : values.join(" ");
}

function fishScript(program: TreeCommand): string {
  const { name } = program;
  const lines = everyCommand(program).flatMap(({ path, command }) => {
    const condition = fishCondition(path, command);
    return [
      ...command.commands.map(
        (inner) => `complete -c ${name} -f -n ${quoted(condition)} -a ${inner.name} -d ${quoted(inner.about)}`,
      ),
      ...(command.commands.length > 0 || command.argument === undefined
        ? []
        : [fishArgument(name, condition, command.argument)]),
      ...command.options.map((option) => fishOption(name, path === "" ? "" : condition, option)),
    ];
  });
  return [
    `# fish completion for ${name}; made by "${name} completion fish".`,
    `complete -c ${name} -f`,
    ...lines,
    "",
  ].join("\n");
}

function fishCondition(path: string, command: TreeCommand): string {
  const seen = path.split("/").filter((word) => word !== "");
  if (seen.length === 0) return "__fish_use_subcommand";
  const inner = command.commands.map(({ name }) => name);
  const conditions = [
    ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
    ...(inner.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inner.join(" ")}`]),
  ];
  return conditions.join("; and ");
}

function fishArgument(name: string, condition: string, values: Values): string {
  const where = `complete -c ${name} -n ${quoted(condition)}`;
  if (values === "file") return `${where} -F`;
  return values === "any" ? `${where} -f` : `${where} -f -a ${quoted(fishValues(name, values))}`;
}

function fishOption(name: string, condition: string, { long, short, about, values }: TreeOption): string {
  const parts = [
    `complete -c ${name}`,
    ...(condition === "" ? [] : [`-n ${quoted(condition)}`]),
    `-l ${long.slice(2)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-d ${quoted(about)}`,
  ];
  if (values === undefined) return parts.join(" ");
  if (values === "file") return [...parts, "-r -F"].join(" ");
  return [...parts, values === "any" ? "-x" : `-x -a ${quoted(fishValues(name, values))}`].join(" ");
}

function fishValues(name: string, values: Exclude<Values, "file" | "any">): string {
  return typeof values === "string" ? `(${name} __complete ${values} 2>/dev/null)` : values.join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
