/**
 * The directives of the first block with that heading in a configuration of nginx, without `;`, comments and the blocks
 * within it. Reads what root's program writes, a directive or a heading to a line; not the whole language.
 */
export function blockLines(text: string, heading: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  for (const line of text.split("\n").map(directive)) {
    if (depth === 0) {
      if (line === `${heading} {`) depth = 1;
      continue;
    }
    if (line === "}") depth--;
    if (depth === 0) return found;
    if (line.endsWith("{")) depth++;
    else if (depth === 1 && line !== "" && line !== "}") found.push(line);
  }
  return found;
}

function directive(line: string): string {
  return line.replace(/#.*/, "").trim().replaceAll(/\s+/g, " ").replace(/ ?;$/, "");
}
