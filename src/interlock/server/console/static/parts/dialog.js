/** Questions before something that cannot be taken back, and small forms. One dialog at a time. */
import { html, signal, useLayoutEffect, useRef } from "../view.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {unknown} body
 * @property {string} action        what the button says
 * @property {boolean} [isDanger]
 * @property {boolean} [isNotice]   only something to be read
 * @property {boolean} [isWide]
 */

/** @typedef {Question & {answer: (fields: Record<string, string> | null) => void}} Asked */

const asked = signal(/** @type {Asked | null} */ (null));

/** Asks; gives the fields of the form in the dialog's body, or null when it was closed. @param {Question} question @returns {Promise<Record<string, string> | null>} */
export function ask(question) {
  asked.peek()?.answer(null);
  return new Promise((resolve) => {
    asked.value = { ...question, answer: (fields) => { asked.value = null; resolve(fields); } };
  });
}

/** Where the dialog appears: stands once, in the shell. */
export function Dialogs() {
  const question = asked.value;
  return question ? html`<${Modal} key=${question.title} question=${question} />` : null;
}

/** @param {{question: Asked}} props */
function Modal({ question }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    question.answer(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
  };
  return html`<dialog ref=${element} class=${question.isWide ? "wide" : ""} aria-labelledby="dialog-title" onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); question.answer(null); }}>
    <form onSubmit=${submit}>
      <div class="dialog-body"><h2 id="dialog-title">${question.title}</h2>${question.body}</div>
      <div class="dialog-foot">
        ${question.isNotice ? null : html`<button type="button" class="button" onClick=${() => question.answer(null)}>${question.isDanger ? "Keep as it is" : "Not now"}</button>`}
        <button class=${`button main ${question.isDanger ? "danger" : ""}`}>${question.action}</button>
      </div>
    </form>
  </dialog>`;
}
