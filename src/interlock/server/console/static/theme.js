/** Light, dark, or as the system has it. */
import { effect, signal } from "./view.js";

const NAME = "interlock.theme";
const ORDER = /** @type {const} */ (["system", "light", "dark"]);

/** @type {import("./vendor/signals.mjs").Signal<string>} */
export const theme = signal(localStorage.getItem(NAME) ?? "system");

export function nextTheme() {
  const next = ORDER.findIndex((name) => name === theme.value) + 1;
  theme.value = ORDER[next % ORDER.length];
  localStorage.setItem(NAME, theme.value);
}

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
