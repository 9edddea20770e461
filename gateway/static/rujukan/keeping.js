// What waits for the network, and the form that was begun. On the phone it lies sealed with a key that is made of the
// account's password and never stored; where the browser cannot seal (no https) it stays in the page.
import { fresh, post, session } from "/assets/session.js";

const ROUNDS = 210_000;
const kept = { waiting: [], begun: null };
let key = null;
let whose = "";
let place = "";
let salt = null;
let changed = () => {};
let writing = Promise.resolve();

const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const bytes = (said) => Uint8Array.from(atob(said), (c) => c.charCodeAt(0));

async function made(password) {
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function stored() {
  try { return JSON.parse(localStorage.getItem(place) ?? "null"); } catch { return null; }
}

function save() {
  changed();
  if (!key) return;
  const plain = new TextEncoder().encode(JSON.stringify(kept));
  const [withKey, at] = [key, place];
  writing = writing.then(async () => {
    if (!kept.waiting.length && !kept.begun) {
      localStorage.removeItem(at);
      return;
    }
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, withKey, plain);
    localStorage.setItem(at, JSON.stringify({ salt: text(salt), iv: text(iv), sealed: text(sealed) }));
  }).catch(() => {});
}

/** Open what this account has left on this phone. `redraw` is called whenever something changes. */
export async function unlock(password, redraw) {
  if (whose !== session.username) Object.assign(kept, { waiting: [], begun: null });
  whose = session.username;
  changed = redraw;
  key = null;
  if (!globalThis.crypto?.subtle) return;
  place = `simpul-rujukan:${session.username}`;
  const before = stored();
  salt = before ? bytes(before.salt) : crypto.getRandomValues(new Uint8Array(16));
  key = await made(password);
  if (!before) return;
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(before.iv) }, key, bytes(before.sealed));
    Object.assign(kept, JSON.parse(new TextDecoder().decode(plain)));
  } catch { /* sealed with an older password: it cannot be read again */ }
}

/** Forget it here; on the phone it stays sealed. What could not be sealed waits in the page for the same account. */
export async function lock() {
  await writing;
  if (key) Object.assign(kept, { waiting: [], begun: null });
  key = null;
}

export const sealed = () => key !== null;
export const waiting = () => kept.waiting;
export const begun = () => kept.begun;

/** Keep the form that is being filled in; null when it has been sent. */
export function keep(values) {
  kept.begun = values;
  save();
}

/** Put a request among those that go out as soon as they can; the same key goes with it every time. */
export function queue(path, body, label, key = fresh("rujukan")) {
  const one = { key, path, body, label, at: new Date().toISOString(), problem: null };
  kept.waiting.push(one);
  save();
  return one;
}

export function drop(one) {
  kept.waiting = kept.waiting.filter((other) => other.key !== one.key);
  save();
}

/** Try one: its answer when the house has answered, null when it waits on. */
export async function attempt(one) {
  let status = 0;
  let said = {};
  try {
    [status, said] = await post(one.path, one.body, one.key);
  } catch { return null; }
  if (status === 401 || status === 429 || status >= 500) return null;
  if (status < 300) {
    drop(one);
  } else {
    one.problem = { status, said };
    save();
  }
  return { status, said };
}

let trying = false;

/** Send what waits, oldest first. `told(one, answer)` for each that was answered. */
export async function flush(told) {
  if (trying || !session.token) return;
  trying = true;
  try {
    for (const one of [...kept.waiting].filter((w) => !w.problem)) {
      const answer = await attempt(one);
      if (!answer) break;
      told(one, answer);
    }
  } finally {
    trying = false;
  }
}
