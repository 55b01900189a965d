/** Reads of HAProxy's configuration language what an inspection needs: the lines that are valid for one backend. */

interface Section {
  /** `backend orders_blue from signalbox`, in words. */
  readonly heading: readonly string[];
  readonly lines: string[];
}

/**
 * The lines of a backend after those of the defaults that it names, or else of the last ones before it; single spaces,
 * without comments. Nothing when the backend is not there.
 */
export function backendLines(configuration: string, backend: string): readonly string[] {
  const sections = sectionsOf(configuration);
  const at = sections.findIndex(({ heading: [kind, name] }) => kind === "backend" && name === backend);
  const section = sections[at];
  if (section === undefined) return [];

  const from = section.heading[2] === "from" ? section.heading[3] : undefined;
  const defaults = sections.findLast(
    ({ heading: [kind, name] }, index) => kind === "defaults" && (from === undefined ? index < at : name === from),
  );
  return [...(defaults?.lines ?? []), ...section.lines];
}

const sectionWords = new Set(
  "global defaults frontend backend listen ring peers resolvers userlist mailers cache program http-errors fcgi-app log-forward".split(
    " ",
  ),
);

function sectionsOf(configuration: string): readonly Section[] {
  const sections: Section[] = [];
  for (const raw of configuration.split("\n")) {
    const words = raw
      .replace(/(?:^|\s)#.*$/, "")
      .trim()
      .split(/\s+/);
    if (words[0] === "") continue;
    if (sectionWords.has(words[0]!)) sections.push({ heading: words, lines: [] });
    else sections.at(-1)?.lines.push(words.join(" "));
  }
  return sections;
}
