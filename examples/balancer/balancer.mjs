#!/usr/bin/env node
/**
 * A traffic command for Signalbox: takes servers of a HAProxy out of rotation and puts them back, by its runtime socket
 * over TCP. It knows one side, so the configuration says `shares: false`.
 *
 *     traffic: { command: { run: [/etc/signalbox/bin/balancer.mjs, 10.0.0.5:9999, orders] } }
 *
 * Arguments: address and port of the socket (`stats socket ipv4@10.0.0.5:9999 level admin`), and the backend, whose
 * servers are called like the hosts and have a check. See docs/traffic-command.md.
 */
import { connect } from "node:net";

const [socket = "", backend = "", verb, ...wanted] = process.argv.slice(2);
/** Bits of `srv_admin_state`: maintenance, drain. */
const maintenance = 0x01 | 0x02 | 0x20;
const drain = 0x08 | 0x10;

function ask(line) {
  const [host, port] = socket.split(":");
  return new Promise((resolve, reject) => {
    let answer = "";
    const connection = connect({ host, port: Number(port), timeout: 5000 }, () => connection.write(`${line}\n`));
    connection.setEncoding("utf8").on("data", (text) => (answer += text));
    connection.once("end", () => resolve(answer));
    connection.once("error", reject).once("timeout", () => connection.destroy(new Error(`${socket} does not answer`)));
  });
}

/** HAProxy says nothing when it has done something. */
async function tell(line) {
  const answer = (await ask(line)).trim();
  if (answer !== "") throw new Error(`"${line}": ${answer}`);
}

function table(text, separator) {
  const [heading, ...rows] = text.trim().split("\n");
  const columns = heading.replace("# ", "").split(separator);
  return rows.map((row) => Object.fromEntries(row.split(separator).map((cell, index) => [columns[index], cell])));
}

async function state() {
  const servers = table((await ask(`show servers state ${backend}`)).replace(/^1\n/, ""), " ");
  const loads = table(await ask(`show stat ${backend} 4 -1`), ",");
  return servers.map((server) => {
    const admin = Number(server.srv_admin_state);
    const rotation = admin & maintenance ? "out" : admin & drain ? "draining" : "in";
    const up = rotation === "out" ? "unknown" : server.srv_op_state === "2" ? "yes" : "no";
    const { scur } = loads.find(({ svname }) => svname === server.srv_name);
    return { host: server.srv_name, rotation, up, inFlight: scur };
  });
}

async function change(host, rotation, is) {
  const server = `${backend}/${host}`;
  if (rotation === is) return;
  if (rotation === "draining") return tell(`set server ${server} state drain`);
  if (rotation === "out") return tell(`set server ${server} state maint`);
  // From maintenance it would count as up at once: its next check has to say so.
  await tell(`set server ${server} state drain`);
  await tell(`set server ${server} health down`);
  await tell(`set server ${server} state ready`);
}

async function main() {
  const servers = await state();
  if (verb === "state") {
    console.log("active=blue share=0");
    for (const { host, rotation, up, inFlight } of servers) {
      console.log(`member.blue/${host}=${rotation} up.blue/${host}=${up} inflight.blue/${host}=${inFlight}`);
    }
    return;
  }
  if (verb !== "set") throw new Error("the last arguments are state, or set key=value...");
  for (const word of wanted) {
    const [, host, rotation] = /^member\.blue\/([a-z0-9.-]+)=(in|draining|out)$/.exec(word) ?? [];
    // Who dies while a server is out leaves it out: this one knows no back-after.
    if (host === undefined && !/^(active=blue|share=0|back-after=\d+)$/.test(word)) throw new Error(`it cannot ${word}`);
    if (host === undefined) continue;
    const server = servers.find((one) => one.host === host);
    if (server === undefined) throw new Error(`${backend} has no server ${host}`);
    await change(host, rotation, server.rotation);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
