/** Keeps what the page knows of its key true: asked with each other key, when the stream is back, and when keys change. */
import { credential } from "../api/credential.js";
import { readStanding } from "../api/standing.js";
import { kindOf } from "../text/events.js";
import { effect } from "../view.js";
import { connection } from "./connection.js";
import { listen } from "./feed.js";

export function watchStanding() {
  let asked = "none";
  effect(() => {
    const wanted = JSON.stringify([credential.value, connection.value.count]);
    if (wanted === asked) return;
    asked = wanted;
    void readStanding();
  });
  listen((events) => { if (events.some((event) => kindOf(event).noun === "key")) void readStanding(); });
}
