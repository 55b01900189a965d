import { z } from "zod";

import { about, hostName, localFile, loginUser, optional, port, textUpTo } from "./values.ts";

const address = textUpTo(255).regex(
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9._-]+)?)$/,
  "must be a host name or an IP address, without user or port",
);

const keyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** A public key as in a known_hosts line without its first word; a comment behind it is dropped. */
const publicKey = z.string().transform((text, context) => {
  if (isPlaceholder(text)) return placeholder;
  const [type = "", data = ""] = text.trim().split(/ +/);
  if (!isPublicKey(type, data) || /[\0-\x1F\x7F]/.test(text)) {
    context.addIssue({ code: "custom", message: "is not a public key such as ssh-ed25519 AAAAC3Nza...", input: "" });
  }
  return `${type} ${data}`;
});

export const publicKeys = z
  .union([
    publicKey.transform((key) => [key]),
    z.array(publicKey).min(1, "must name a key").max(16, "must have at most 16 keys"),
  ])
  .transform((keys) => keys.filter((key) => key !== placeholder));

const placeholder = "";

/** `ssh-ed25519 AAAA...`: a host in the making, not enrolled yet. It counts as a host without a key. */
export function isPlaceholder(key: string): boolean {
  return /^[a-z0-9@.-]+ [A-Za-z0-9+/]*\.\.\.$/.test(key);
}

/** The data names its type again, so that a cut or mixed up line is found here and not at the first deployment. */
function isPublicKey(type: string, data: string): boolean {
  if (!keyTypes.includes(type) || !/^[A-Za-z0-9+/]{32,4096}={0,2}$/.test(data)) return false;
  const bytes = Buffer.from(data, "base64");
  return bytes.readUInt32BE(0) === type.length && bytes.subarray(4, 4 + type.length).toString("latin1") === type;
}

export const hostSchema = z.strictObject({
  address: about(address, "Where the host is reached: a name or an IP address.", { examples: ["10.0.0.11"] }),
  port: optional(port, "The port of its SSH server.", { default: 22 }),
  user: optional(loginUser, "Who logs in. Not the user that services run as.", { default: "deploy" }),
  hostKey: optional(
    publicKeys,
    "Its pinned public key, or a list of them while a key is replaced. A host without one can be enrolled but not deployed to.",
    { examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI..."] },
  ),
  zone: optional(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and '-'"),
    "Its failure domain. Hosts of two zones are never out of rotation at once.",
  ),
  jump: optional(hostName, "Another host of this file that the connection goes through."),
  identityFile: optional(
    localFile,
    "The private key on the server to log in with; else the agent and ssh_config decide.",
  ),
});

export type HostSettings = z.output<typeof hostSchema>;
