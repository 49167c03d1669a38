/** Moments and durations on the page. */
import { html } from "../view.js";
import { nowUs } from "../live/clock.js";
import { age, dateTime } from "../text/figures.js";

/** How long ago a moment was; the exact one is told on pointing. @param {{us: number, suffix?: string}} props */
export function Ago({ us, suffix = "" }) {
  if (!us) return html`<span class="faint">–</span>`;
  return html`<time title=${dateTime(us)} datetime=${new Date(us / 1_000).toISOString()}>${age(nowUs.value - us)}${suffix}</time>`;
}

/** How long there is until a moment, or that it has passed. @param {{us: number, passed?: string}} props */
export function Until({ us, passed = "now" }) {
  if (!us) return html`<span class="faint">–</span>`;
  const left = us - nowUs.value;
  return html`<time title=${dateTime(us)}>${left > 0 ? age(left) : passed}</time>`;
}

/** A moment by date and clock. @param {{us: number}} props */
export function Moment({ us }) {
  if (!us) return html`<span class="faint">–</span>`;
  return html`<time datetime=${new Date(us / 1_000).toISOString()}>${dateTime(us)}</time>`;
}
