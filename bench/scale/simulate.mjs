// A fleet of gateways over one database, from what one gateway and one database were measured to cost.
import { randomFrom, untilNext, zipf } from "./random.mjs";

/** Entries by the time of their last use; the one unused longest goes first. */
class LeastRecent {
  #entries = new Map();
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  /** Whether it was there with this stamp; it is now. */
  use(key, stamp) {
    const known = this.#entries.get(key) === stamp;
    this.#entries.delete(key);
    this.#entries.set(key, stamp);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value);
    return known;
  }
}

/**
 * The share of one gateway's requests whose principal has to be read from the database. Every request and every change of `seconds` is
 * played; the first half fills the cache and is not counted.
 * @param fleet.forgets what a change makes a gateway forget: "everything", "account" or "principal"
 * @param fleet.routes "any": each request to any gateway; "by key": those of one key to the same gateway
 */
export function missShare(fleet, seconds = 120, seed = 1) {
  const { principals, accounts, gateways, skew, requestsPerGateway, changesPerSecond, cacheEntries, forgets } = fleet;
  const random = randomFrom(seed);
  const seen = fleet.routes === "by key" ? Math.max(1, Math.floor(principals / gateways)) : principals;
  const nextPrincipal = zipf(random, seen, skew);
  const cache = new LeastRecent(cacheEntries);
  const changed = new Map();
  const groupOf = { everything: () => 0, account: (who) => who % accounts, principal: (who) => who }[forgets];
  // Of the changes, those to principals that this gateway never sees concern it only when everything is forgotten.
  const changes = forgets === "everything" ? changesPerSecond : (changesPerSecond * seen) / principals;
  let [now, change, misses, counted] = [0, untilNext(random, changes), 0, 0];
  while (now < seconds) {
    now += untilNext(random, requestsPerGateway);
    while (change < now) {
      const group = groupOf(1 + Math.floor(random() * seen));
      changed.set(group, (changed.get(group) ?? 0) + 1);
      change += untilNext(random, changes);
    }
    const who = nextPrincipal();
    const known = cache.use(who, changed.get(groupOf(who)) ?? 0);
    if (now < seconds / 2) continue;
    counted += 1;
    if (!known) misses += 1;
  }
  return misses / counted;
}

/** Cores of the database that are busy, by what keeps them so, and GiB of its connections. */
export function databaseLoad(fleet, measured, misses) {
  const { gateways, requestsPerGateway, changesPerSecond, sessionsPerSecond, relays } = fleet;
  const { readUs, renewUs, changeUs, notifyUs, connectionKiB } = measured;
  // With relays, each is one listener and one lease to the database, for all gateways behind it.
  const members = relays ?? gateways;
  const perSecond = {
    "reads of caches": gateways * requestsPerGateway * misses * fleet.statementsPerMiss * readUs,
    leases: (members / fleet.renewEverySeconds) * renewUs,
    changes: changesPerSecond * changeUs,
    "notifying and confirming": changesPerSecond * members * (notifyUs + renewUs),
    sessions: sessionsPerSecond * changeUs,
  };
  const cores = Object.fromEntries(Object.entries(perSecond).map(([what, us]) => [what, us / 1e6]));
  const connections = members * (1 + fleet.connectionsPerGateway);
  return { cores, connections, gib: (connections * connectionKiB) / 2 ** 20 };
}

/**
 * Milliseconds from a change to its acknowledgement: the database's cores notify every member and take its confirmation; between both is
 * the network and the gateway. A member that is away holds the acknowledgement up until its lease has run out.
 */
export function acknowledgementMs(fleet, measured, seed = 1) {
  const random = randomFrom(seed);
  const { notifyUs, renewUs, changeMs } = measured;
  const free = Array.from({ length: fleet.databaseCores }, () => 0);
  const work = (from, us) => {
    const first = free.indexOf(Math.min(...free));
    free[first] = Math.max(free[first], from) + us / 1000;
    return free[first];
  };
  const members = fleet.relays ?? fleet.gateways;
  const hops = fleet.relays === undefined ? 1 : 2;
  const arrivals = Array.from({ length: members }, () => {
    let at = work(0, notifyUs);
    for (let hop = 0; hop < 2 * hops; hop += 1) at += 0.2 + untilNext(random, 1 / fleet.networkMs);
    return at;
  });
  const confirmed = arrivals.toSorted((left, right) => left - right).map((at) => work(at, renewUs));
  const isAway = random() < 1 - (1 - fleet.awayShare) ** fleet.gateways;
  const away = isAway ? (fleet.leaseSeconds * random() + fleet.driftSeconds) * 1000 : 0;
  return changeMs + Math.max(away, ...confirmed);
}
