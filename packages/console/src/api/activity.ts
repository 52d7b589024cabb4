/**
 * The gateway ends a session after a time without a request, of whichever tab of this browser. So the tabs report to each other when the
 * gateway has answered.
 */
const tabs = new BroadcastChannel("activity");
const reportMs = 10_000;
let last = Date.now();
let reported = 0;

tabs.addEventListener("message", () => {
  last = Date.now();
});

export function noteAnswer(): void {
  last = Date.now();
  if (last - reported < reportMs) return;
  reported = last;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel reaches its own origin alone
  tabs.postMessage("answered");
}

/** Milliseconds since 1970. */
export function lastAnswer(): number {
  return last;
}
