/** What happened just before this page was opened, so that nobody looks at an empty chart for five minutes. */
import { call, CallError } from "../api/call.js";
import { eventOf } from "../api/entries.js";
import { effect } from "../view.js";
import { head, seed } from "./feed.js";

const BACK_EVENTS = 1_000; // one answer of the log

/** Reads the last events once, as soon as the end of the log is known. */
export function readPast() {
  let isDone = false;
  effect(() => {
    const end = head.value;
    if (!end || isDone) return;
    isDone = true;
    call("read_log", { after: Math.max(0, end - BACK_EVENTS), limit: BACK_EVENTS }).then(
      (page) => seed(page.entries.map(eventOf).filter((/** @type {{pos: number}} */ event) => event.pos <= end)),
      (error) => { if (!(error instanceof CallError)) throw error; }, // without it the chart begins now
    );
  });
}
