// Loaded into every process of a test run that runs tests (`node --require`): the thread that writes a database is kept for the next
// database, because Node takes 30 ms of CPU time to start a thread, a gateway has three of them, and a run starts thousands. What runs in
// the thread is the program itself, from its beginning, with a port and data of its own. A thread that fails ends as it always does.
// A program that has ended but keeps its thread, by a timer for instance, is noticed by gateways in processes of their own alone, which do not stop then.
"use strict";
const { EventEmitter } = require("node:events");
const { syncBuiltinESMExports } = require("node:module");
const threads = require("node:worker_threads");

const { isMainThread, MessageChannel, parentPort, Worker, workerData: role } = threads;

/** Of threads that are kept. Others load this file too, where their options do not say that they load nothing. */
const kept = "runs one program after the other";

/** Threads without a program. */
const idle = new Set();

function startThread() {
  const thread = new Worker(__filename, { execArgv: [], workerData: kept });
  thread.once("exit", () => idle.delete(thread));
  return thread;
}

function takeThread() {
  const [thread = startThread()] = idle;
  idle.delete(thread);
  thread.ref();
  return thread;
}

/** What `WriterQueue` sees of a `Worker`. */
class ProgramInKeptThread extends EventEmitter {
  #port;

  constructor(program, { workerData }) {
    super();
    const thread = takeThread();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // The end of the program, or of the thread; the last message has come when the port is closed.
    const ended = new Promise((resolve) => {
      const end = (code) => {
        thread.off("message", onMessage).off("exit", end).off("error", onError);
        resolve(code);
      };
      const onError = (error) => this.emit("error", error);
      const onMessage = () => {
        end(0);
        thread.unref();
        idle.add(thread);
      };
      thread.on("message", onMessage).on("exit", end).on("error", onError);
    });
    const closed = new Promise((resolve) => void port1.once("close", resolve));
    void Promise.all([ended, closed]).then(([code]) => this.emit("exit", code));
    port1.on("message", (message) => void this.emit("message", message));
    thread.postMessage({ program: String(program), workerData, port: port2 }, [port2]);
  }

  postMessage(message) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#port.postMessage(message);
  }
}

function keepThreads() {
  threads.Worker = new Proxy(Worker, {
    construct(target, [program, options], newTarget) {
      if (String(program).endsWith("/writer-thread.js")) return new ProgramInKeptThread(program, options);
      return Reflect.construct(target, [program, options], newTarget);
    },
  });
  syncBuiltinESMExports();
}

/** In the thread: one program after the other. */
function runPrograms() {
  let runs = 0;
  const run = async ({ program, workerData, port }) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    port.once("close", () => parentPort.postMessage("ended"));
    threads.parentPort = port;
    threads.workerData = workerData;
    syncBuiltinESMExports();
    runs += 1;
    await import(`${program}?${runs}`);
    // A program that waits for nothing has ended.
    if (port.listenerCount("message") === 0) port.close();
  };
  parentPort.on("message", (given) => void run(given));
}

if (isMainThread) keepThreads();
else if (role === kept) runPrograms();
