import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 700px)");

function subscribe(changed: () => void): () => void {
  narrow.addEventListener("change", changed);
  return () => narrow.removeEventListener("change", changed);
}

/** A window in which a wide table is better a list. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
