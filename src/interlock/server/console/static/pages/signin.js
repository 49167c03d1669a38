/** Where a key is asked for. */
import { credential, isLockedOut, keep } from "../api/credential.js";
import { call, CallError } from "../api/call.js";
import { Glyph } from "../parts/glyph.js";
import { html, useState } from "../view.js";

export function SignIn() {
  const [fault, setFault] = useState(credential.value ? "This key opens nothing any more." : "");
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    keep(String(form.get("key")).trim());
    try {
      await call("get_fleet");
      isLockedOut.value = false;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      setFault(error.code === "unauthenticated" ? "This key opens nothing: it is unknown, expired or revoked." : error.message);
      if (error.code !== "unauthenticated" && error.code !== "unreachable") isLockedOut.value = false;
    }
  };
  return html`<main class="sign-in">
    <form class="card" onSubmit=${submit}>
      <div class="brand"><img src="mark.svg" alt="" />Interlock</div>
      <label class="field"><span>Key</span>
        <input class="input" name="key" type="password" required autocomplete="off" autofocus spellcheck=${false} />
        <small>It is kept in this tab alone, until you close it or sign out.</small>
      </label>
      ${fault ? html`<p class="bad" role="alert"><${Glyph} name="warn" /> ${fault}</p>` : null}
      <button class="button main">Sign in</button>
    </form>
  </main>`;
}
