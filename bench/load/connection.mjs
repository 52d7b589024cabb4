// One keep-alive connection over a raw socket. It reads of an answer what a bench needs, so the client costs little beside the server.
import { connect } from "node:net";

const endOfHead = Buffer.from("\r\n\r\n");

export class Connection {
  #socket;
  /** Bytes of a head that is not whole yet. */
  #start = Buffer.alloc(0);
  /** Of the answer that is read: its status, and how many bytes of its body are missing. */
  #status = 0;
  #missing = -1;
  #length = 0;
  #kept;
  #done;
  #fail;

  static open(port) {
    return new Promise((done, fail) => {
      const connection = new Connection();
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      connection.#socket = socket;
      socket.once("connect", () => done(connection));
      socket.on("error", (error) => (connection.#fail ?? fail)(error));
      socket.on("close", () => connection.#fail?.(new Error("the server closed the connection")));
      socket.on("data", (bytes) => connection.#read(bytes));
    });
  }

  /** `keep`: the text of the body is wanted too. */
  send(head, body, keep = false) {
    return new Promise((done, fail) => {
      [this.#done, this.#fail, this.#kept] = [done, fail, keep ? [] : undefined];
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      if (body !== undefined) this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close() {
    this.#fail = undefined;
    this.#socket.destroy();
  }

  #read(bytes) {
    const rest = this.#missing < 0 ? this.#readHead(bytes) : bytes;
    if (rest === undefined) return;
    this.#missing -= rest.length;
    this.#kept?.push(rest);
    if (this.#missing < 0) return this.#fail(new Error("more bytes came than the answer has"));
    if (this.#missing > 0) return;
    this.#missing = -1;
    const text = this.#kept === undefined ? "" : Buffer.concat(this.#kept).toString();
    this.#fail = undefined;
    this.#done({ status: this.#status, length: this.#length, text });
  }

  /** The bytes of the body that came with the head. */
  #readHead(bytes) {
    const all = this.#start.length === 0 ? bytes : Buffer.concat([this.#start, bytes]);
    const end = all.indexOf(endOfHead);
    this.#start = end < 0 ? all : Buffer.alloc(0);
    if (end < 0) return undefined;
    const head = all.latin1Slice(0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && this.#status !== 204) {
      this.#fail(new Error(`an answer without a length: ${head.split("\r\n")[0]}`));
      return undefined;
    }
    this.#length = this.#missing = Number(length ?? 0);
    return all.subarray(end + endOfHead.length);
  }
}
