/**
 * What a page lacks for people who see little, or hear it read. It runs inside of the page, of which the types of the
 * server know nothing.
 *
 * @returns {string[]}
 */
export function lackingIn() {
  const lacks = [];
  const all = (selector) => [...document.querySelectorAll(selector)];

  const look = (color) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const ground = (element) => {
    if (element === null) return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
    const [red, green, blue, alpha] = look(getComputedStyle(element).backgroundColor);
    if (alpha === 1) return [red, green, blue];
    const below = ground(element.parentElement);
    return [red, green, blue].map((one, index) => one * alpha + below[index] * (1 - alpha));
  };
  const light = (color) => {
    const [red = 0, green = 0, blue = 0] = color.map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  for (const element of all("body *")) {
    const own = [...element.childNodes].some(
      ({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== "",
    );
    if (!own || !element.checkVisibility() || element.closest(".skip, option") !== null) continue;
    const [one, other] = [light(look(getComputedStyle(element).color)), light(ground(element))].toSorted(
      (a, b) => b - a,
    );
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) lacks.push(`contrast of ${contrast.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }

  for (const field of all("input:not([type=hidden]), select, textarea, progress")) {
    if ((field.labels?.length ?? 0) === 0) lacks.push(`a label: ${field.outerHTML.slice(0, 60)}`);
  }
  for (const button of all("button, a, summary")) {
    const name = button.getAttribute("aria-label") ?? button.textContent;
    if (name.trim() === "") lacks.push(`a name: ${button.outerHTML.slice(0, 60)}`);
    const { height, width } = button.getBoundingClientRect();
    const isAlone = button.tagName !== "A" || getComputedStyle(button).display !== "inline";
    if (button.checkVisibility() && isAlone && Math.min(height, width) < 24) lacks.push(`size: ${name.trim()}`);
  }

  const levels = all("h1, h2, h3").map(({ tagName }) => Number(tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) lacks.push("one heading of the first level");
  levels.forEach((level, index) => {
    if (level > (levels[index - 1] ?? 0) + 1) lacks.push(`order of headings: ${levels.join(" ")}`);
  });
  const ids = all("[id]").map(({ id }) => id);
  if (new Set(ids).size !== ids.length) lacks.push("ids that are there once");
  for (const [selector, what] of [
    ["html[lang]", "a language"],
    ["main", "a main part"],
    ["title", "a title"],
  ]) {
    if (document.querySelector(selector) === null) lacks.push(what);
  }
  if (document.documentElement.scrollWidth > innerWidth) lacks.push(`width: ${document.documentElement.scrollWidth}`);
  return lacks;
}
