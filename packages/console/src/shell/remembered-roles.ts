import { useSyncExternalStore } from "react";
import type { RoleChoice } from "../api/session.ts";

/** Roles this browser switched to, the last first; names alone, no credentials. AWS's own console remembers five. */
const storageKey = "roles";
const maxRoles = 100;
const listeners = new Set<() => void>();
let cached: { readonly text: string | null; readonly roles: readonly RoleChoice[] } = { text: null, roles: [] };

export const roleColors = [
  "#d13212",
  "#b7410e",
  "#8a6d00",
  "#1d7324",
  "#006ce0",
  "#7d2fd0",
  "#b0237f",
  "#414d5c",
] as const;
export const defaultColor = "#7d2fd0";

export function isColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

function isChoice(value: unknown): value is RoleChoice {
  if (typeof value !== "object" || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return ["account", "roleName", "displayName", "color"].every((name) => typeof fields[name] === "string");
}

function read(): readonly RoleChoice[] {
  const text = localStorage.getItem(storageKey);
  if (text === cached.text) return cached.roles;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? "[]");
  } catch {
    parsed = [];
  }
  cached = { text, roles: Array.isArray(parsed) ? parsed.filter(isChoice) : [] };
  return cached.roles;
}

function write(roles: readonly RoleChoice[]): void {
  localStorage.setItem(storageKey, JSON.stringify(roles.slice(0, maxRoles)));
  for (const listener of listeners) listener();
}

function sameRole(left: RoleChoice, right: RoleChoice): boolean {
  return left.account === right.account && left.roleName === right.roleName;
}

export function rememberRole(choice: RoleChoice): void {
  write([choice, ...read().filter((one) => !sameRole(one, choice))]);
}

export function forgetRole(choice: RoleChoice): void {
  write(read().filter((one) => !sameRole(one, choice)));
}

export function useRememberedRoles(): readonly RoleChoice[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    addEventListener("storage", listener);
    return () => {
      listeners.delete(listener);
      removeEventListener("storage", listener);
    };
  }, read);
}

/** White or black, whichever is easier to read on the colour (WCAG's relative luminance). */
export function textColorOn(color: string): "#ffffff" | "#000000" {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
