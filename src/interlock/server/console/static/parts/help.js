/** The keys, on one page. */
import { PAGES } from "../places.js";
import { html, signal, useLayoutEffect, useRef } from "../view.js";

export const isHelpOpen = signal(false);

/** @type {[string[], string][]} */
const KEYS = [
  ...PAGES.map((page) => /** @type {[string[], string]} */ ([["g", page.key], `Go to ${page.name}`])),
  [["Ctrl", "K"], "Find a page, a task, an agent, a position"],
  [["/"], "Search on this page"],
  [["j"], "Next row, or the first one"],
  [["k"], "Row before"],
  [["Enter"], "Open the row"],
  [["t"], "Light, dark, or as the system has it"],
  [["?"], "This list"],
];

export function Help() {
  return isHelpOpen.value ? html`<${Sheet} />` : null;
}

function Sheet() {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => element.current?.showModal(), []);
  const close = () => { isHelpOpen.value = false; };
  return html`<dialog ref=${element} aria-labelledby="help-title" onClose=${close}>
    <div class="dialog-body">
      <h2 id="help-title">Keyboard</h2>
      <dl class="shortcuts">${KEYS.map(([keys, text]) => html`<dt key=${text}>${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dt><dd>${text}</dd>`)}</dl>
    </div>
    <div class="dialog-foot"><button class="button" onClick=${close}>Close</button></div>
  </dialog>`;
}
