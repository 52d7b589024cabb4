// Each attack: one step of one client. What it costs the server is in what it sends, not in how often.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { send, signedHead } from "./signed-request.mjs";

const repeat = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join("");
const md5 = (text) => createHash("md5").update(text).digest("base64");

const attributes = `<CompleteMultipartUpload ${repeat(180_000, (index) => `a${index}="" `)}/>`;
const elements = `<Delete>${repeat(49_000, (index) => `<Object><Key>${index}</Key></Object>`)}</Delete>`;
const unsignedForm = `Action=ListUsers&Version=2010-05-08&${repeat(40_000, (index) => `f${index}=v&`)}`.slice(
  0,
  512 * 1024,
);
const longKeys = `<Delete>${repeat(1000, (index) => `<Object><Key>${"a".repeat(990)}${index}</Key></Object>`)}</Delete>`;
const asForm = [["content-type", "application/x-www-form-urlencoded"]];

const status = async (answer) => (await answer).status;

export const attacks = {
  "attribute flood, anonymous": (target) =>
    status(send(target, { method: "POST", path: "/no-such-bucket/k", query: "uploadId=x", body: attributes })),
  "element flood": (target) =>
    status(
      send(target, {
        method: "POST",
        path: "/bad",
        query: "delete=",
        keys: target.mallory,
        headers: [["content-md5", md5(elements)]],
        body: elements,
      }),
    ),
  "forms of 512 KiB, anonymous": (target) =>
    status(send(target, { method: "POST", path: "/", headers: asForm, body: unsignedForm })),
  "an object of many segments": async (target, step) => {
    const part = { method: "GET", path: "/bad/doubled", headers: [["range", "bytes=0-0"]], keys: target.mallory };
    if (step % 2 === 0) return status(send(target, part));
    const headers = [["x-amz-copy-source", "/bad/doubled"]];
    return status(send(target, { method: "PUT", path: `/bad/copy-${step % 16}`, headers, keys: target.mallory }));
  },
  "costly policies, DeleteObjects": (target) =>
    status(
      send(target, {
        method: "POST",
        path: "/bad",
        query: "delete=",
        keys: target.session,
        headers: [["content-md5", md5(longKeys)]],
        body: longKeys,
      }),
    ),
  "slow headers": async (target, _step, kept) => {
    const socket = connect(target.port, "127.0.0.1");
    let answer = "open";
    socket.on("data", (chunk) => (answer = Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString("latin1"))?.[1])));
    socket.on("error", (error) => (answer = error.code));
    kept.push(socket);
    await Promise.race([once(socket, "connect").catch(() => {}), once(socket, "close")]);
    socket.write("GET / HTTP/1.1\r\nX-Slow: ");
    await new Promise((done) => setTimeout(done, 20));
    return answer;
  },
  // Answers of 5 MB that nobody reads: what is made of them is in the server's memory.
  "listings that are not read": async (target, _step, kept) => {
    const socket = connect(target.port, "127.0.0.1");
    socket.on("error", () => {});
    kept.push(socket);
    await Promise.race([once(socket, "connect").catch(() => {}), once(socket, "close")]);
    const head = signedHead(target, { path: "/bad", query: "list-type=2", keys: target.mallory });
    socket.write(`GET /bad?list-type=2 HTTP/1.1\r\n${head.map(([name, text]) => `${name}: ${text}\r\n`).join("")}\r\n`);
    await new Promise((done) => setTimeout(done, 20));
    return "sent";
  },
  "listings of versions": (target) => status(send(target, { path: "/bad", query: "versions=", keys: target.mallory })),
};
