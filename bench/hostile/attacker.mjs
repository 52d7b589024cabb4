// The attacking clients, in a thread of their own, so that they do not slow the client that is measured.
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { attacks } from "./attacks.mjs";

const maxSteps = 500;
const { target, name, clients } = workerData;
const answers = {};
const kept = [];

async function client(until) {
  for (let step = 0; step < maxSteps && Date.now() < until; step += 1) {
    const answer = await attacks[name](target, step, kept);
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort.postMessage("ready");
const [until] = await once(parentPort, "message");
await Promise.all(Array.from({ length: clients }, () => client(until)));
for (const socket of kept) socket.destroy();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort.postMessage(answers);
