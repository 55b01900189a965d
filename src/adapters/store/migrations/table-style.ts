import type { CreateTableBuilder } from "kysely";

/** What differs between databases when tables are made. */
export interface TableStyle {
  /** A whole number of up to 2^53. */
  readonly wide: "integer" | "bigint";
  /** The last word on each table. */
  finish<Table extends string, Column extends string>(
    table: CreateTableBuilder<Table, Column>,
  ): CreateTableBuilder<Table, Column>;
}
