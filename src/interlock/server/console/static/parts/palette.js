/** One field that leads to every page, task, message, agent and position. */
import { PAGES } from "../places.js";
import { go } from "../router.js";
import { nextTheme } from "../theme.js";
import { html, signal, useLayoutEffect, useRef, useState } from "../view.js";
import { Glyph } from "./glyph.js";
import { Text } from "./text.js";

export const isPaletteOpen = signal(false);

/** @typedef {{name: string, glyph: string, act: () => void, keys?: string}} Choice */

export function Palette() {
  return isPaletteOpen.value ? html`<${Finder} />` : null;
}

function Finder() {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  useLayoutEffect(() => element.current?.showModal(), []);
  const close = () => { isPaletteOpen.value = false; };
  const choices = choicesFor(text.trim());
  const take = (/** @type {Choice | undefined} */ choice) => { close(); choice?.act(); };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); setAt((at + step + choices.length) % choices.length); }
    if (event.key === "Enter") { event.preventDefault(); take(choicesFor(/** @type {HTMLInputElement} */ (event.target).value.trim())[at]); }
  };
  return html`<dialog ref=${element} class="high" aria-label="Go to" onClose=${close} onClick=${(/** @type {Event} */ event) => event.target === element.current && close()}>
    <input class="palette-input" aria-label="Go to" placeholder="A page, task-0-12, an agent, or a position" value=${text} onInput=${(/** @type {any} */ event) => { setText(event.target.value); setAt(0); }} onKeyDown=${onKeyDown} autocomplete="off" spellcheck=${false} role="combobox" aria-expanded="true" aria-controls="palette-list" />
    <div class="palette-list" id="palette-list" role="listbox">
      ${choices.map((choice, index) => html`<button class="palette-item" role="option" tabindex="-1" key=${choice.name} aria-selected=${index === at ? "true" : "false"} onClick=${() => take(choice)}><${Glyph} name=${choice.glyph} /><${Text} text=${choice.name} />${choice.keys ? html`<kbd>${choice.keys}</kbd>` : null}</button>`)}
    </div>
  </dialog>`;
}

/** @param {string} text @returns {Choice[]} */
function choicesFor(text) {
  const small = text.toLowerCase();
  const pages = PAGES.filter((page) => page.name.toLowerCase().includes(small)).map((page) => ({ name: page.name, glyph: page.page, act: () => go(page.page), keys: `g ${page.key}` }));
  const found = text ? [...direct(text), ...pages] : pages;
  if (!text || "theme light dark".includes(small)) found.push({ name: "Change between light and dark", glyph: "moon", act: nextTheme, keys: "t" });
  return found;
}

/** @param {string} text @returns {Choice[]} */
function direct(text) {
  if (/^task-/.test(text)) return [{ name: `Open ${text}`, glyph: "tasks", act: () => go("tasks", text) }];
  if (/^message-/.test(text)) return [{ name: `Open the thread ${text}`, glyph: "messages", act: () => go("messages", text) }];
  if (/^\d+$/.test(text)) return [{ name: `Go to position ${text} of the log`, glyph: "log", act: () => go("log", "", { position: text }) }];
  return [
    { name: `Tasks with “${text}” in their title`, glyph: "search", act: () => go("tasks", "", { text }) },
    { name: `The agent ${text}`, glyph: "agents", act: () => go("agents", text) },
  ];
}
