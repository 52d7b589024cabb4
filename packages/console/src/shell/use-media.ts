import { useCallback, useSyncExternalStore } from "react";

/** A window in which a wide table is better a list. */
export const narrowWindow = "(max-width: 700px)";

/** Whether the window is as the media query says, now and whenever that changes. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
