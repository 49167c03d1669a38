/** What agents write to each other, and what never arrived. */
import { call } from "../api/call.js";
import { useAnswer } from "../live/answer.js";
import { addressOf, place } from "../router.js";
import { kindOf } from "../text/events.js";
import { whole } from "../text/figures.js";
import { html } from "../view.js";
import { DeadLetters } from "./dead_letters.js";
import { Deliveries } from "./deliveries.js";
import { HelpRequests } from "./help_requests.js";
import { Threads } from "./threads.js";

const concerns = (/** @type {{type: string}} */ event) => ["message", "task", "topic", "help"].includes(kindOf(event).noun);

export function MessagesPage() {
  const { tab = "threads" } = place.value.query;
  const fleet = useAnswer((signal) => call("get_fleet", {}, signal), ["fleet"], concerns).value;
  const letters = fleet?.dead_letters ?? {};
  /** @type {[string, string, number | undefined][]} */
  const tabs = [
    ["threads", "Threads", undefined],
    ["undelivered", "Undelivered", undefined],
    ["overdue", "Overdue", fleet?.messages_overdue],
    ["help", "Help wanted", fleet?.help_open],
    ["dead", "Dead letters", fleet ? (letters.task ?? 0) + (letters.message ?? 0) + (letters.event ?? 0) : undefined],
  ];
  return html`
    <nav class="chips" aria-label="Kinds of messages">${tabs.map(([name, label, count]) => html`<a class="chip" key=${name} href=${addressOf("messages", "", name === "threads" ? {} : { tab: name })} aria-current=${tab === name ? "page" : undefined}>${label}${count === undefined ? null : html`<span class="chip-count">${whole(count)}</span>`}</a>`)}</nav>
    ${tab === "help" ? html`<${HelpRequests} />` : tab === "dead" ? html`<${DeadLetters} />` : tab === "threads" ? html`<${Threads} />` : html`<${Deliveries} key=${tab} isOverdue=${tab === "overdue"} />`}`;
}
