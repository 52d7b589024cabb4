/** The way from one gateway to PostgreSQL, which a test can cut, stop, or have lose notifications. */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { join } from "node:path";
import { Transform } from "node:stream";
import type { PostgresAddress } from "../../src/stores/postgres/connections.ts";

export interface PostgresLink {
  readonly address: PostgresAddress;
  /** Ends all connections and lets none begin, until `mend`. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told, until `mend`. */
  freeze(): void;
  mend(): void;
  /** From now on. */
  loseNotifications(): void;
  /** How often PostgreSQL has said that it is ready for the next message, which is once for each; not on the connection of a lease. */
  readonly answers: number;
  close(): Promise<void>;
}

export async function linkTo(server: PostgresAddress): Promise<PostgresLink> {
  const sockets = new Set<Socket>();
  let state: "open" | "cut" | "frozen" = "open";
  let losesNotifications = false;
  let answers = 0;
  /** For each connection. A byte for the kind, four for the length: https://www.postgresql.org/docs/15/protocol-message-formats.html */
  const passes = (): ((message: Buffer) => boolean) => {
    let isLease = false;
    return (message) => {
      const kind = String.fromCharCode(message[0] ?? 0);
      if (kind === "C" && message.toString("latin1", 5).startsWith("LISTEN")) isLease = true;
      if (kind === "Z" && !isLease) answers += 1;
      return kind !== "A" || !losesNotifications;
    };
  };
  const proxy = createServer((client) => {
    if (state === "cut") return client.destroy();
    const database = connect(join(server.host, `.s.PGSQL.${server.port}`));
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      if (state === "frozen") socket.pause();
    }
    client.on("close", () => database.destroy());
    client.pipe(database);
    database.pipe(messages(passes())).pipe(client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: { ...server, host: "127.0.0.1", port },
    cut() {
      state = "cut";
      end();
    },
    freeze() {
      state = "frozen";
      for (const socket of sockets) socket.pause();
    },
    mend() {
      state = "open";
      for (const socket of sockets) socket.resume();
    },
    loseNotifications() {
      losesNotifications = true;
    },
    get answers() {
      return answers;
    },
    async close() {
      end();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

/** The messages of the server that `passes` lets through. */
function messages(passes: (message: Buffer) => boolean): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = messageEnd(rest); end !== undefined; end = messageEnd(rest)) {
        const message = rest.subarray(0, end);
        rest = rest.subarray(end);
        if (passes(message)) this.push(message);
      }
      done();
    },
  });
}

function messageEnd(bytes: Buffer): number | undefined {
  const end = bytes.length < 5 ? Infinity : 1 + bytes.readUInt32BE(1);
  return end <= bytes.length ? end : undefined;
}
