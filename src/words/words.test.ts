import { describe, expect, it } from "vitest";

import { anAbout, anAsk, anEnd, everyMessage, everyRisk, noon } from "../../test/support/messages.ts";
import { languages } from "../core/language.ts";
import { words } from "./words.ts";

const telling = { now: noon, timeZone: "Asia/Seoul", server: "https://signalbox.example" };
const hangul = /[\p{Script=Hangul}]/u;
const hour = 3_600_000;

describe("a request for approval", () => {
  it("reads in Korean", () => {
    expect(words("ko").message(anAsk({ risk: everyRisk.slice(0, 2) }), telling)).toEqual({
      title: "승인 요청: orders → production (d-12)",
      paragraphs: [
        "kim 님이 배포를 요청했습니다. 결정해 주실 분: lee, park",
        "· 커밋 12개, 작성자: kim, lee\n· 변경된 파일 1개",
        "승인 전에는 서비스에 아무 변화가 없으며, 승인되면 배포가 자동으로 시작됩니다. 기한까지 결정이 없으면 요청은 만료됩니다.",
      ],
      facts: [
        { name: "서비스", value: "orders" },
        { name: "환경", value: "production" },
        { name: "배포 번호", value: "d-12" },
        { name: "리비전", value: "c0ffeec0ffee" },
        { name: "릴리스", value: "42" },
        { name: "요청자", value: "kim" },
        { name: "승인 기한", value: "11월 23일(월) 15:20 (Asia/Seoul), 3시간 20분 남음" },
        { name: "배포 계획", value: "d1ced1ced1ce" },
      ],
      link: {
        label: "내용 확인 후 결정하기",
        url: "https://signalbox.example/approvals/01J00000000000000000000099",
      },
      tone: "ask",
    });
  });

  it("reads in English, and names commands where there is no page", () => {
    const { title, paragraphs, facts, link } = words("en").message(anAsk({ why: "handed-over", from: "choi" }), {
      now: noon,
    });
    expect(title).toBe("Approval handed over: orders to production (d-12)");
    expect(paragraphs[0]).toBe("choi has handed this over. The decision is with lee, park.");
    expect(paragraphs.at(-1)).toBe('signalbox approve d-12, or signalbox reject d-12 --reason "..."');
    expect(facts).toContainEqual({ name: "Deadline", value: "Mon 23 Nov, 06:20 (UTC), 3 h 20 min left" });
    expect(link).toBeUndefined();
  });

  it("has a sentence for each risk", () => {
    expect(everyRisk.map((line) => words("en").risk(line))).toEqual([
      "12 commits by kim, lee",
      "1 file changed",
      "Migrations: V7__drop.sql. They take something away from the data, which a roll-back does not bring back",
      "The last deployment was 9 days ago",
      "The first deployment here: there is nothing to go back to",
      "3 lines of the systemd unit changed",
      "This revision has served in stage for 1 day 2 h",
      "This revision has not served in any other environment",
      "The service is down on each host while it is replaced",
    ]);
    const many = { kind: "commits", count: 250, authors: ["a", "b", "c", "d", "e", "f", "g"], more: true } as const;
    expect(words("ko").risk(many)).toBe("커밋 250개 이상, 작성자: a, b, c, d, e 외 2");
    expect(words("en").risk({ ...many, authors: [] })).toBe("More than 250 commits");
  });
});

describe("the end of a deployment", () => {
  it("says what serves now, and what the journal says about it", () => {
    const undone = anEnd("rolled-back", { message: "web-2: the health check failed", behind: ["web-7"] });
    expect(words("ko").message(undone, telling)).toMatchObject({
      title: "배포 실패 후 원상 복구: orders → production (d-12)",
      paragraphs: [
        "이전 릴리스가 다시 서비스 중입니다.",
        "web-2: the health check failed",
        "연결할 수 없어 제외된 호스트: web-7",
      ],
      link: { label: "배포 보기", url: "https://signalbox.example/deployments/01J00000000000000000000012" },
      tone: "bad",
    });
  });

  it("says what was asked for", () => {
    const restarted = anEnd("succeeded", { about: anAbout({ kind: "restart" }) });
    expect(words("en").message(restarted, telling).title).toBe("Restart done: orders to production (d-12)");
    expect(words("en").message(restarted, telling).paragraphs[0]).toBe("The service was restarted and is healthy.");
  });
});

describe.each(languages)("every message in %s", (language) => {
  it.each(everyMessage.map((message) => [message.kind, message] as const))("is whole: %s", (_kind, message) => {
    for (const server of [telling.server, undefined]) {
      const told = words(language).message(message, { now: noon, ...(server === undefined ? {} : { server }) });
      const own = [told.title, ...told.facts.map(({ name }) => name), ...(told.link ? [told.link.label] : [])];
      expect(own.every((text) => hangul.test(text) === (language === "ko"))).toBe(true);
      expect(hangul.test(told.paragraphs.join(" "))).toBe(language === "ko");
      expect(JSON.stringify(told)).not.toMatch(/undefined|null|NaN|\[object/);
      expect(told.title).not.toMatch(/[\r\n]/);
    }
  });
});

describe("times", () => {
  it.each([
    [0, "0 s", "0초"],
    [59_999, "59 s", "59초"],
    [60_000, "1 min", "1분"],
    [hour - 1, "59 min 59 s", "59분 59초"],
    [3 * hour + 20 * 60_000, "3 h 20 min", "3시간 20분"],
    [25 * hour, "1 day 1 h", "1일 1시간"],
    [48 * hour + 59_000, "2 days", "2일"],
  ])("last %i ms", (milliseconds, en, ko) => {
    expect([words("en").duration(milliseconds), words("ko").duration(milliseconds)]).toEqual([en, ko]);
  });

  it("are over one day", () => {
    expect([words("en").timeLeft(0, hour), words("ko").timeLeft(0, hour)]).toEqual(["over since 1 h", "1시간 지남"]);
    expect(words("ko").timeLeft(hour, 0)).toBe("1시간 남음");
  });

  it("are said in the reader's zone, across its change of clocks", () => {
    expect(words("en").moment(Date.UTC(2026, 2, 29, 0, 59), "Europe/Berlin")).toBe("Sun 29 Mar, 01:59 (Europe/Berlin)");
    expect(words("en").moment(Date.UTC(2026, 2, 29, 1, 0), "Europe/Berlin")).toBe("Sun 29 Mar, 03:00 (Europe/Berlin)");
    expect(words("ko").moment(Date.UTC(2026, 0, 1, 15, 5), "Asia/Seoul")).toBe("1월 2일(금) 00:05 (Asia/Seoul)");
    expect(words("ko").moment(Date.UTC(2026, 0, 1, 0, 5))).toBe("1월 1일(목) 00:05 (UTC)");
  });
});
