/** A field that narrows a list while one types. */
import { html, useEffect, useRef } from "../view.js";
import { Glyph } from "./glyph.js";

const REST_MS = 250; // between the last key and the question

/** @param {{value: string, label: string, onChange: (text: string) => void, onEnter?: (text: string) => void}} props */
export function Search({ value, label, onChange, onEnter }) {
  const timer = useRef(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(field.current?.value.trim() ?? ""), REST_MS);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") onEnter?.(field.current?.value.trim() ?? "");
    if (event.key === "Escape" && field.current) { field.current.value = ""; onInput(); field.current.blur(); }
  };
  return html`<label class="search"><${Glyph} name="search" /><input ref=${field} class="input" type="text" data-search aria-label=${label} placeholder=${`${label}  ( / )`} defaultValue=${value} maxlength="500" spellcheck=${false} autocomplete="off" onInput=${onInput} onKeyDown=${onKeyDown} /></label>`;
}
