/** The time on the server, once a second: ages and leases are measured by its clock, not by this machine's. */
import { signal } from "../view.js";

const SKEW_MS_MIN = 2_000; // the header tells whole seconds, and the answer was on its way

let skewMs = 0;

/** Now on the server, in microseconds since 1970; changes each second. */
export const nowUs = signal(Date.now() * 1_000);

/** Learns from an answer's Date header how far the two clocks are apart. */
export function noteServerTime(/** @type {string | null} */ header) {
  const told = Date.parse(header ?? "");
  if (Number.isNaN(told)) return;
  const found = told + 500 - Date.now();
  if (Math.abs(found) < SKEW_MS_MIN) skewMs = 0;
  else if (Math.abs(found - skewMs) > SKEW_MS_MIN) skewMs = found;
}

/** Now on the server, to the millisecond. */
export function serverNowUs() {
  return (Date.now() + skewMs) * 1_000;
}

setInterval(() => {
  if (!document.hidden) nowUs.value = serverNowUs();
}, 1_000);
