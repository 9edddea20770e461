// What changes in the boxes, as it happens. The browser's EventSource cannot carry a token, so the stream is read here.
import { ask, session } from "/assets/session.js";

const SILENCE = 40_000;
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function read(block) {
  const found = { event: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) found[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  return found;
}

async function once(last, heard, state, stop) {
  const broken = new AbortController();
  const end = () => broken.abort();
  stop.addEventListener("abort", end);
  addEventListener("offline", end);
  let silence = 0;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(end, SILENCE);
  };
  try {
    alive();
    const headers = last.id ? { "Last-Event-ID": last.id } : {};
    const answer = await ask("/v1/referrals/stream", { headers, signal: broken.signal });
    if (answer.status === 401) session.ended();
    if (!answer.ok) return false;
    state("live");
    const bytes = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = "";
    for (;;) {
      const { done, value } = await bytes.read();
      if (done) return true;
      alive();
      const blocks = (kept + value).split("\n\n");
      kept = blocks.pop();
      for (const block of blocks.map(read)) {
        if (block.retry) last.retry = Number(block.retry);
        if (block.data) heard(block.event, JSON.parse(block.data));
        if (block.id) last.id = block.id;
      }
    }
  } finally {
    clearTimeout(silence);
    stop.removeEventListener("abort", end);
    removeEventListener("offline", end);
  }
}

/** Listen until the function that is given back is called. `heard(event, data)`; `state`: "live", "wait", "off". */
export function follow(heard, state) {
  const stop = new AbortController();
  const last = { id: "", retry: 3000 };
  let pause = 0;
  let wake = () => {};
  const again = () => wake();
  addEventListener("online", again);
  (async () => {
    while (!stop.signal.aborted) {
      state(navigator.onLine ? "wait" : "off");
      const fine = await once(last, heard, state, stop.signal).catch(() => false);
      if (stop.signal.aborted) break;
      pause = fine ? last.retry : Math.min(Math.max(pause * 2, last.retry), 30_000);
      state(fine && navigator.onLine ? "wait" : "off");
      await Promise.race([rest(pause), new Promise((resolve) => { wake = resolve; })]);
    }
    removeEventListener("online", again);
  })();
  return () => stop.abort();
}
