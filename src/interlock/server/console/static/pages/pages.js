/** Which module shows which page. */
import { Empty } from "../parts/empty.js";
import { html } from "../view.js";
import { AgentPage } from "./agent.js";
import { AgentsPage } from "./agents.js";
import { FleetPage } from "./fleet.js";
import { KeysPage } from "./keys.js";
import { LogPage } from "./log.js";
import { MessagesPage } from "./messages.js";
import { TaskPage } from "./task.js";
import { TasksPage } from "./tasks.js";
import { ThreadPage } from "./thread.js";

/** @typedef {{view: (props: {id: string}) => unknown, isFixed: boolean}} View a fixed page fills the window and scrolls inside */

/** @type {Record<string, {all: View, one?: View}>} */
const VIEWS = {
  fleet: { all: { view: FleetPage, isFixed: false } },
  tasks: { all: { view: TasksPage, isFixed: true }, one: { view: TaskPage, isFixed: false } },
  messages: { all: { view: MessagesPage, isFixed: true }, one: { view: ThreadPage, isFixed: false } },
  agents: { all: { view: AgentsPage, isFixed: true }, one: { view: AgentPage, isFixed: false } },
  log: { all: { view: LogPage, isFixed: true } },
  keys: { all: { view: KeysPage, isFixed: true } },
};

/** @param {string} page @param {string} id @returns {View} */
export function pageOf(page, id) {
  const views = VIEWS[page];
  const found = id ? views?.one : views?.all;
  return found ?? { view: Nowhere, isFixed: false };
}

function Nowhere() {
  return html`<${Empty} glyph="search" title="There is no such page" text="The address leads nowhere. The pages stand at the side, and Ctrl K finds a task, an agent or a position." />`;
}
