/**
 * The forms in which programs print a secret: as it is, in base64, percent-encoded, in JSON, quoted for a shell.
 *
 * From 4 characters on a secret is masked, in all its forms; what is shorter would hide half of every log and is left
 * alone. (The vault refuses it, and warns of less than 6.) Reversed or in hex it is not found.
 */

const shortestSecret = 4;
/** The lines of a longer secret, such as a key, are secrets of their own. */
const shortestLine = 8;

/** Each form once. */
export function secretForms(secret: string): readonly string[] {
  if (secret.length < shortestSecret) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortestLine);
  const values = new Set([secret, secret.trimEnd(), ...lines]);
  const forms = [...values].filter((value) => value.length >= shortestSecret).flatMap(formsOf);
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret);
}

function formsOf(value: string): string[] {
  return [value, ...base64Forms(value), ...percentForms(value), ...jsonForms(value), ...shellForms(value)];
}

function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const whole = bytes.toString("base64");
  const found = [
    whole,
    whole.replace(/=+$/, ""),
    ...wrapped(whole),
    ...[0, 1, 2].map((offset) => middle(bytes, offset)),
  ];
  return found.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]).flatMap(transported);
}

/**
 * Base64 of a text that contains the value depends on where in the text it begins; its middle has three looks. A
 * character at either end that also carries bits of its neighbours is left out.
 */
function middle(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** As `base64` and `openssl` break it: as a whole, and each of its lines wherever it stands. */
function wrapped(encoded: string): string[] {
  return [64, 76].flatMap((width) => {
    if (encoded.length <= width) return [];
    const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
    return [lines.join("\n"), lines.join("\r\n"), ...lines.filter((line) => line.length >= shortestLine)];
  });
}

/** Base64 within an address or within JSON. */
function transported(text: string): string[] {
  if (!/[+/=]/.test(text)) return [text];
  const encoded = encodeURIComponent(text);
  return [text, encoded, lowerCodes(encoded), text.replaceAll("/", "\\/")];
}

/** What encoders leave as it is beside letters, digits, `-`, `_` and `.`. */
const keptByEncoders = [
  "", // whoever takes no risk
  "~", // RFC 3986, PHP, Python for queries
  "~/", // Python
  "*", // forms in browsers and Java
  "~!*'()", // JavaScript for a part of an address
  "~!*'();/?:@&=+$,#", // JavaScript for a whole one
  "~$&+:=@", // Go for a part of a path
  "~$&+:=@/,;!*'()", // Go for a path
];

function percentForms(value: string): string[] {
  const bytes = Buffer.from(value.toWellFormed());
  const some = keptByEncoders.map((kept) =>
    percentEncoded(bytes, (letter) => /[\w.-]/.test(letter) || kept.includes(letter)),
  );
  const all = [...new Set([...some, ...some.map((form) => form.replaceAll("%20", "+"))])];
  return [...all, percentEncoded(bytes, () => false)].flatMap((form) => [form, lowerCodes(form)]);
}

function percentEncoded(bytes: Buffer, isKept: (letter: string) => boolean): string {
  return Array.from(bytes, (byte) => {
    const letter = String.fromCharCode(byte);
    return byte < 0x80 && isKept(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

function lowerCodes(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** What encoders of JSON write as `\uXXXX` beside what they have to: nothing, other alphabets, Go, Gson. */
const escapedInJson = [/(?!)/g, /[^ -~]/g, /[<>&\u2028\u2029]/g, /[<>&='\u2028\u2029]/g, /[^ -~]|[<>&='+]/g];

function jsonForms(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const all = escapedInJson.flatMap((which) => [unicodeEscaped(escaped, which), unicodeEscaped(escaped, which, true)]);
  return [...all, escaped.replaceAll("/", "\\/"), unicodeEscaped(escaped, /[^ -~]/g).replaceAll("/", "\\/")];
}

function unicodeEscaped(text: string, which: RegExp, capital = false): string {
  return text.replaceAll(which, (unit) => {
    const code = unit.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${capital ? code.toUpperCase() : code}`;
  });
}

/** Without the quotes around it. */
function shellForms(value: string): string[] {
  return [
    value.replaceAll("'", String.raw`'\''`),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll(/["$`\\!]/g, String.raw`\$&`),
    value.replaceAll(/["$`\\]/g, String.raw`\$&`),
    value.replaceAll(/[^A-Za-z0-9_@%+=:,./-]/g, String.raw`\$&`),
    value
      .replaceAll("\\", "\\\\")
      .replaceAll("'", String.raw`\'`)
      .replaceAll("\n", String.raw`\n`),
  ];
}
