/** Lines of CSV (RFC 4180) that a spreadsheet takes for what they are. */

export type CsvField = string | number | null;

/** One line, with its end. Texts are always in quotes, numbers never. */
export function csvLine(fields: readonly CsvField[]): string {
  return `${fields.map(field).join(",")}\r\n`;
}

function field(value: CsvField): string {
  if (value === null) return "";
  return typeof value === "number" ? String(value) : `"${harmless(value).replaceAll('"', '""')}"`;
}

/**
 * A spreadsheet calculates what begins like a formula, which can fetch and send: an apostrophe makes it a text. The
 * wide signs count too, and what a spreadsheet skips at the beginning does not hide one.
 */
function harmless(text: string): string {
  const whole = text.toWellFormed().replaceAll("\0", "");
  return /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u.test(whole) || /^[\t\r\n]/.test(whole) ? `'${whole}` : whole;
}
