// Who is signed in on this page. The token lives here only: never on the phone, never in an address.
export const session = { token: "", username: "", role: "", facility: null, ended: () => {} };
const $ = (id) => document.getElementById(id);
const language = () => document.documentElement.lang || "id";
const WRONG = {
  id: "Tidak dapat masuk; periksa nama akun dan kata sandi",
  en: "Cannot sign in; check the account name and the password",
};

function claims(token) {
  try {
    const middle = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(middle));
  } catch { return {}; }
}

/** Bind the form `#enter`: `entered(password)` is called once its account is known. */
export function onEnter(entered) {
  const secret = $("password");
  $("enter").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams({
      grant_type: "password", username: $("username").value, password: secret.value,
    });
    const answer = await fetch("/oauth2/v1/token", { method: "POST", body }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) ?? {};
    secret.setCustomValidity(answer?.ok ? "" : WRONG[language()]);
    if (!answer?.ok) {
      secret.reportValidity();
      return;
    }
    const { role = "", facility = null } = claims(said.access_token);
    Object.assign(session, { token: said.access_token, username: $("username").value.trim(), role, facility });
    const password = secret.value;
    secret.value = "";
    await entered(password);
  });
  secret.addEventListener("input", () => secret.setCustomValidity(""));
}

/** Forget the account. */
export function leave() {
  Object.assign(session, { token: "", username: "", role: "", facility: null });
}

/** What a fetch says, as the account that is signed in. */
export function ask(path, options = {}) {
  const headers = { "Accept-Language": language(), Authorization: `Bearer ${session.token}`, ...options.headers };
  return fetch(path, { cache: "no-store", ...options, headers });
}

/** The status of an answer and its JSON. A token that has ended is told to `session.ended`. */
export async function call(path, options = {}) {
  const answer = await ask(path, options);
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401) session.ended();
  return [answer.status, body];
}

/** Send JSON; `key` makes it safe to send again. */
export function post(path, body, key) {
  const headers = { "Content-Type": "application/json", ...(key ? { "Idempotency-Key": key } : {}) };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** A name that nobody else has given. */
export function fresh(prefix) {
  const random = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0"));
  return `${prefix}-${random.join("")}`;
}
