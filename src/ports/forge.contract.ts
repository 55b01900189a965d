/** What every forge has to do: the same story of one repository, told by each in its own words, and lies about it. */
import { describe, expect, it } from "vitest";

import type { PushEvent } from "../core/trigger-push.ts";
import { pushKey } from "../core/trigger-push.ts";
import { isSameRepository, repositoryIdentity } from "../core/trigger-repository.ts";
import type { Delivery, DeliveryHeaders } from "./forge.ts";
import { largestDelivery } from "./forge.ts";
import { describeHostile } from "./forge-hostile.contract.ts";
import { describeReports } from "./forge-report.contract.ts";
import type { ForgeKit, Sample } from "./forge-story.contract.ts";
import { bytes, expectSound, story } from "./forge-story.contract.ts";

export function describeForge(name: string, kit: ForgeKit): void {
  const { forge, samples, tells, signs } = kit;
  const deliver = ({ headers, payload }: Sample, secret: string = story.secret): Delivery => {
    const body = bytes(payload);
    return { headers: { "content-type": "application/json", ...headers, ...kit.sign(body, secret) }, body };
  };
  const verify = (delivery: Delivery, secrets: readonly string[] = [story.secret], now: number = story.now): string => {
    const verification = forge.verify(delivery, secrets, now);
    return verification.kind === "accepted" ? `accepted ${verification.secret}` : verification.because;
  };
  const onlyPush = (sample: Sample): PushEvent => {
    const reading = forge.read(deliver(sample));
    expectSound(reading);
    expect(reading).toMatchObject({ kind: "pushes", delivery: story.delivery });
    const pushes = reading.kind === "pushes" ? reading.pushes : [];
    expect(pushes).toHaveLength(1);
    return pushes[0]!;
  };

  describe(`${name}: who sent it`, () => {
    const good = deliver(samples.push);

    it("takes what was signed with the secret", () => {
      expect(verify(good)).toBe("accepted 0");
    });

    it("takes both secrets while one takes the place of the other, and says which one it was", () => {
      expect(verify(good, ["another secret, as long as it", story.secret])).toBe("accepted 1");
      expect(verify(good, [story.secret, "another secret, as long as it"])).toBe("accepted 0");
    });

    it("refuses everything without a secret, or with one that could be guessed", () => {
      expect(verify(good, [])).toBe("no-secret");
      for (const weak of ["", "short", "whsec_", "whsec_c2hvcnQ="])
        expect([
          verify(deliver(samples.push, weak), [weak]),
          verify(deliver(samples.push, weak), [weak, story.secret]),
        ]).toEqual(["no-secret", expect.stringMatching(/^(no|wrong)-signature$/)]);
    });

    it("refuses what was signed with another secret, or not at all", () => {
      expect(verify(deliver(samples.push, "another secret, as long as it"))).toBe("wrong-signature");
      expect(verify({ ...good, headers: samples.push.headers })).toBe("no-signature");
    });

    it("refuses signatures that are cut, empty, doubled, in the wrong form or only begin well", () => {
      const signature = Object.keys(kit.sign(good.body, story.secret)).at(-1)!;
      const text = String(good.headers[signature]);
      const wrong = ["", text.slice(0, -1), `${text}0`, `0${text}`, `${text},${text}`, text.slice(0, 7), "sha256="];
      for (const one of [...wrong, "x".repeat(5000), "\u0000", [text], [text, text], undefined]) {
        const answer = verify({ ...good, headers: { ...good.headers, [signature]: one } });
        expect([one, answer]).toEqual([one, expect.stringMatching(/^(no|wrong)-signature$/)]);
      }
    });

    it("finds no header in the prototype of the headers", () => {
      const inherited = Object.create(good.headers) as DeliveryHeaders;
      expect(verify({ ...good, headers: inherited })).toBe("no-signature");
    });

    it("refuses a body over the limit before it looks at it", () => {
      const body = new Uint8Array(largestDelivery + 1).fill(32);
      expect(verify({ body, headers: kit.sign(body, story.secret) })).toBe("too-large");
      expect(forge.read({ body, headers: good.headers }).kind).toBe("unreadable");
    });

    it.runIf(signs !== "token")("refuses a body of which one byte is different, is missing, or was added", () => {
      for (const at of [0, 1, good.body.length >> 1, good.body.length - 1]) {
        const changed = Uint8Array.from(good.body);
        changed[at]! ^= 1;
        expect(verify({ ...good, body: changed })).toBe("wrong-signature");
      }
      expect(verify({ ...good, body: good.body.slice(0, -1) })).toBe("wrong-signature");
      expect(verify({ ...good, body: Uint8Array.from([...good.body, 10]) })).toBe("wrong-signature");
    });

    it.runIf(signs === "body-and-time")(
      "refuses an old delivery, one from the future, and one with another id or time",
      () => {
        expect(verify(good, [story.secret], story.now + 299_000)).toBe("accepted 0");
        expect(verify(good, [story.secret], story.now + 301_000)).toBe("stale");
        expect(verify(good, [story.secret], story.now - 301_000)).toBe("stale");
        const later = { ...good.headers, "webhook-timestamp": String(story.now / 1000 + 300) };
        expect(verify({ ...good, headers: later }, [story.secret], story.now + 301_000)).toBe("wrong-signature");
        expect(verify({ ...good, headers: { ...good.headers, "webhook-id": "another" } })).toBe("wrong-signature");
      },
    );
  });

  describe(`${name}: what it says`, () => {
    it("tells where, what, and who", () => {
      const push = onlyPush(samples.push);
      expect(push).toMatchObject({
        repository: { name: story.repository },
        ref: { kind: "branch", name: story.branch },
        change: "moved",
        before: story.before,
        after: story.after,
        forced: tells.forced ? false : "unknown",
        pusher: { login: story.login },
      });
      expect(push.pusher.mail).toBe(tells.mail ? story.mail : undefined);
      const host = repositoryIdentity(push.repository.addresses[0]!)!.split("/")[0]!;
      for (const form of [
        `git@${host}:acme/orders.git`,
        `https://${host}/acme/orders`,
        `ssh://git@${host}/acme/orders`,
      ])
        expect(isSameRepository(push.repository.addresses, form)).toBe(true);
    });

    it("tells the authors and the paths of all commits, or that it does not know them", () => {
      const push = onlyPush(samples.push);
      expect(push.authorsComplete).toBe(tells.authors);
      expect(push.authors).toMatchObject(tells.authors ? [{ name: story.author.name }] : []);
      expect(push.changedPaths === "unknown" ? "unknown" : push.changedPaths.toSorted()).toEqual(
        tells.paths ? story.paths.toSorted() : "unknown",
      );
    });

    it.runIf(kit.cutOff !== undefined)("knows neither all authors nor the paths when commits are left out", () => {
      expect(onlyPush(kit.cutOff!)).toMatchObject({ authorsComplete: false, changedPaths: "unknown" });
    });

    it("tells a tag, a new branch and a deleted one", () => {
      expect(onlyPush(samples.tag)).toMatchObject({ ref: { kind: "tag", name: story.tag }, change: "created" });
      const created = onlyPush(samples.created);
      expect(created).toMatchObject({ change: "created", after: story.after, changedPaths: "unknown" });
      expect(created).toMatchObject({ authorsComplete: false });
      expect(created).not.toHaveProperty("before");
      const deleted = onlyPush(samples.deleted);
      expect(deleted).toMatchObject({ ref: { kind: "branch", name: story.branch }, change: "deleted" });
      expect(deleted).not.toHaveProperty("after");
    });

    it("tells a rewritten branch, as far as the forge does", () => {
      const push = onlyPush(samples.rewritten);
      expect(push).toMatchObject({ change: "moved", forced: tells.forced ? true : "unknown" });
      expect(push.changedPaths === "unknown").toBe(tells.forced || !tells.paths);
    });

    it("keeps names in any script as they are", () => {
      expect(onlyPush(samples.unicode).ref).toEqual({ kind: "branch", name: story.unicodeBranch });
    });

    it("has the same id and the same key for the same push, however often it comes", () => {
      const [first, again] = [deliver(samples.push), deliver(samples.push)];
      expect(forge.read(again)).toEqual(forge.read(first));
      expect(pushKey(onlyPush(samples.push))).toBe(pushKey(onlyPush(samples.push)));
      const keys = [samples.push, samples.tag, samples.created, samples.deleted].map((one) => pushKey(onlyPush(one)));
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(key).toMatch(/^\S+\/acme\/orders refs\/\S+ \S+ \S+$/);
    });

    it("takes nothing from other events", () => {
      expect(forge.read(deliver(samples.other)).kind).toBe("ignored");
    });

    it.runIf(kit.ping !== undefined)("answers a trial", () => {
      expect(forge.read(deliver(kit.ping!))).toMatchObject({ kind: "ping" });
    });
  });

  describeHostile(name, kit);
  describeReports(name, kit);
}
