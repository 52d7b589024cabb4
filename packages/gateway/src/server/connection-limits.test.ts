import { expect, test } from "vitest";
import { connectionLimits } from "./connection-limits.ts";
import { descriptorLimit } from "./connection-limits.ts";

const asked = (maxConnections?: number, maxConnectionsPerAddress?: number) => ({
  maxConnections,
  maxConnectionsPerAddress,
});

test("twice as many descriptors as connections, and some to spare", () => {
  for (const descriptors of [256, 1024, 1025, 4096, 20_000, 1_048_576]) {
    const { total, perAddress } = connectionLimits(asked(), descriptors);
    expect(2 * total + 128).toBeLessThanOrEqual(descriptors);
    expect(perAddress).toBe(Math.ceil(total / 4));
  }
  expect(connectionLimits(asked(), Number.MAX_SAFE_INTEGER)).toEqual({ total: 4096, perAddress: 1024 });
});

test("what the operator says holds, and more than the system allows is refused", () => {
  expect(connectionLimits(asked(448, 10), 1024)).toEqual({ total: 448, perAddress: 10 });
  expect(connectionLimits(asked(100, 5000), 1024)).toEqual({ total: 100, perAddress: 100 });
  expect(() => connectionLimits(asked(5000), 1024)).toThrow(
    "5000 connections need 10128 open files, and this process may open 1024: raise the limit (ulimit -n), or give --max-connections 448",
  );
  expect(() => connectionLimits(asked(), 100)).toThrow(/raise the limit \(ulimit -n\)$/);
});

test("the limit of this process", () => {
  expect(descriptorLimit()).toBeGreaterThan(100);
});
