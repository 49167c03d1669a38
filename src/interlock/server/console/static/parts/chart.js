/** Lines over the last minutes: how much was created, completed and failed. */
import { nowUs } from "../live/clock.js";
import { rates } from "../live/feed.js";
import { SECONDS } from "../live/rates.js";
import { rate } from "../text/figures.js";
import { html } from "../view.js";

const STEP_S = 5; // one dot for five seconds: a single event is still seen, and noise is not
const WIDTH = 600;
const HEIGHT = 100;

/** @type {{name: "created" | "completed" | "failed", tone: string, dash: string, label: string}[]} */
const LINES = [
  { name: "created", tone: "stroke-busy", dash: "dash-busy", label: "created" },
  { name: "completed", tone: "stroke-good", dash: "", label: "completed" },
  { name: "failed", tone: "stroke-bad", dash: "dash-bad", label: "failed or expired" },
];

/** What the lines stand for. */
export function Legend() {
  return html`<div class="legend">${LINES.map((line) => html`<span key=${line.name}><svg viewBox="0 0 18 8" aria-hidden="true"><path class=${`chart-line ${line.tone} ${line.dash}`} d="M1 4h16" /></svg>${line.label}</span>`)}</div>`;
}

/** The last five minutes. */
export function Chart() {
  void nowUs.value; // drawn anew once a second, however many events come
  const series = LINES.map((line) => grouped(rates.line(line.name)));
  const top = niceTop(Math.max(...series.flat()));
  const total = LINES.map((line, index) => `${line.label} ${rate(series[index].reduce((sum, value) => sum + value, 0) * STEP_S)}`).join(", ");
  return html`<div class="chart-box">
    <svg class="chart" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`In the last five minutes: ${total}`}>
      ${[0, 0.5, 1].map((share) => html`<path class="chart-grid" key=${share} d=${`M0 ${y(share, 1)}H${WIDTH}`} />`)}
      ${LINES.map((line, index) => html`<path class=${`chart-line ${line.tone} ${line.dash}`} key=${line.name} d=${pathOf(series[index], top)} />`)}
    </svg>
    <span class="chart-scale" style=${{ top: "12px" }}>${rate(top)}/s</span>
    <span class="chart-scale" style=${{ top: "72px" }}>${rate(top / 2)}</span>
    <div class="chart-times"><span>5 min ago</span><span>now</span></div>
  </div>`;
}

function grouped(/** @type {number[]} */ values) {
  return Array.from({ length: SECONDS / STEP_S }, (_, index) => values.slice(index * STEP_S, (index + 1) * STEP_S).reduce((sum, value) => sum + value, 0) / STEP_S);
}

function pathOf(/** @type {number[]} */ values, /** @type {number} */ top) {
  const width = WIDTH / (values.length - 1);
  return values.map((value, index) => `${index ? "L" : "M"}${(index * width).toFixed(1)} ${y(value, top).toFixed(1)}`).join("");
}

function y(/** @type {number} */ value, /** @type {number} */ top) {
  return HEIGHT - 2 - (value / top) * (HEIGHT - 4);
}

/** The next of 1, 2, 5, 10, 20 ... above a value, so that the scale changes seldom. */
function niceTop(/** @type {number} */ value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
