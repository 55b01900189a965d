/** The languages in which people are spoken to. */

export const languages = ["en", "ko"] as const;
export type Language = (typeof languages)[number];
