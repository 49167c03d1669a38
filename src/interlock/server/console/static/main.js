/** The console's beginning. */
import { connect } from "./live/connection.js";
import { readPast } from "./live/past.js";
import { watchStanding } from "./live/standing.js";
import { listenToKeys } from "./shortcuts.js";
import { Shell } from "./shell.js";
import { html, render } from "./view.js";
import "./theme.js";

const root = document.getElementById("console");
if (root) {
  watchStanding();
  connect();
  readPast();
  listenToKeys();
  render(html`<${Shell} />`, root);
}
