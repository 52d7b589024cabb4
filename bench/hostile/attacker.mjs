// The attacking clients, in a thread of their own, so that they do not slow the client that is measured.
import { parentPort, workerData } from "node:worker_threads";
import { attacks } from "./attacks.mjs";

const maxSteps = 500;
const { target, name, clients, until } = workerData;
const answers = {};
const kept = [];

async function client() {
  for (let step = 0; step < maxSteps && Date.now() < until; step += 1) {
    const answer = await attacks[name](target, step, kept);
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: clients }, client));
for (const socket of kept) socket.destroy();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort.postMessage(answers);
