/** Whether the server took a call that bore no key: then anybody on its machine may do everything. */
import { signal } from "../view.js";

export const isOpen = signal(false);
