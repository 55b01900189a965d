/** Times and durations as they are said. */
import type { Language } from "../core/language.ts";
import type { InAll } from "./sentences.ts";

const units: InAll<Readonly<Record<Unit, (count: number) => string>>> = {
  en: {
    day: (count) => `${count} ${count === 1 ? "day" : "days"}`,
    hour: (count) => `${count} h`,
    minute: (count) => `${count} min`,
    second: (count) => `${count} s`,
  },
  ko: {
    day: (count) => `${count}일`,
    hour: (count) => `${count}시간`,
    minute: (count) => `${count}분`,
    second: (count) => `${count}초`,
  },
};

type Unit = "day" | "hour" | "minute" | "second";

/** From the largest, with how many seconds each has. */
const unitSeconds = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const satisfies readonly (readonly [Unit, number])[];

/** `3시간 20분`, `2 days 4 h`: the largest unit and the one below it, if there is something of it. Never rounded up. */
export function duration(milliseconds: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const largest = unitSeconds.findIndex(([, length]) => seconds >= length);
  const [unit, length] = unitSeconds[largest] ?? unitSeconds[unitSeconds.length - 1]!;
  const first = units[language][unit](Math.floor(seconds / length));
  const below = unitSeconds[largest + 1];
  if (below === undefined) return first;
  const rest = Math.floor((seconds % length) / below[1]);
  return rest === 0 ? first : `${first} ${units[language][below[0]](rest)}`;
}

/** `3시간 20분 남음`, `over since 5 min`. */
export function timeLeft(until: number, now: number, language: Language): string {
  const text = duration(Math.abs(until - now), language);
  if (language === "ko") return until > now ? `${text} 남음` : `${text} 지남`;
  return until > now ? `${text} left` : `over since ${text}`;
}

/** `Mon 23 Nov, 14:20 (Asia/Seoul)`, `11월 23일(월) 14:20 (Asia/Seoul)`. */
export function moment(at: number, language: Language, timeZone = "UTC"): string {
  const { month, day, weekday, hour, minute } = partsOf(at, language, timeZone);
  const clock = `${hour}:${minute} (${timeZone})`;
  return language === "ko" ? `${month}월 ${day}일(${weekday}) ${clock}` : `${weekday} ${day} ${month}, ${clock}`;
}

type Part = "month" | "day" | "weekday" | "hour" | "minute";

function partsOf(at: number, language: Language, timeZone: string): Readonly<Record<Part, string>> {
  const parts = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", {
    timeZone,
    hourCycle: "h23",
    month: language === "ko" ? "numeric" : "short",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(at);
  const part = (type: Part): string => parts.find((one) => one.type === type)?.value ?? "";
  const digits = (type: Part): string => part(type).replace(/\D/g, "").padStart(2, "0");
  return {
    month: language === "ko" ? part("month").replace(/\D/g, "") : part("month"),
    day: part("day").replace(/\D/g, ""),
    weekday: part("weekday"),
    hour: digits("hour"),
    minute: digits("minute"),
  };
}
