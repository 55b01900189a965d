import { z } from "zod";

/** A schema in the form that editors understand: what is written in the file, not what the code makes of it. */
export function jsonSchemaOf(schema: z.ZodType, title: string): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    // zod drops defaults and examples in front of a transform; ours are given in the form of the file.
    override: ({ zodSchema, jsonSchema }) => {
      const { default: value, examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (value !== undefined) jsonSchema.default = value as typeof jsonSchema.default;
      if (examples !== undefined) jsonSchema.examples = examples as NonNullable<typeof jsonSchema.examples>;
    },
  });
  return { $schema, title, ...rest };
}
