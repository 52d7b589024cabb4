import { type AddressRanges, clientNetwork } from "./cidr.ts";

export interface ConnectionLimits {
  readonly total: number;
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddress: number;
}

/** Counts open connections, in all and per client network. A trusted proxy speaks for many clients: only the total limits it. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #proxies: AddressRanges;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionLimits, proxies: AddressRanges) {
    this.#limits = limits;
    this.#proxies = proxies;
  }

  /** More than half of all places are taken. */
  get crowded(): boolean {
    return this.#total * 2 > this.#limits.total;
  }

  /** The function to call when the connection has closed; undefined when there is no place for it. */
  admit(peer: string): (() => void) | undefined {
    if (this.#total >= this.#limits.total) return undefined;
    const network = clientNetwork(peer);
    const open = this.#byNetwork.get(network) ?? 0;
    if (open >= this.#limits.perAddress && !this.#proxies.contains(peer)) return undefined;
    this.#total += 1;
    this.#byNetwork.set(network, open + 1);
    return () => this.#release(network);
  }

  #release(network: string): void {
    this.#total -= 1;
    const left = (this.#byNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, left);
  }
}
