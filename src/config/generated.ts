/** The files of the repository that are made from the schema. */
import { serverReference } from "./load.ts";
import { referenceMarkdown } from "./markdown.ts";

export function generatedFiles(): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: "docs/configuration.md", text: referenceMarkdown() },
    { path: "docs/signalbox.schema.json", text: `${JSON.stringify(serverReference.root, null, 2)}\n` },
  ];
}
