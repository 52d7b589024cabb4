import { applyMode, Mode } from "@cloudscape-design/global-styles";

export type Theme = "system" | "light" | "dark";

const storageKey = "theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

export function storedTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Paper is white, and browsers print no backgrounds. */
let isPrinting = false;

function isDark(): boolean {
  if (isPrinting) return false;
  const theme = storedTheme();
  return theme === "system" ? darkSystem.matches : theme === "dark";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, theme);
  show();
}

function show(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
}

darkSystem.addEventListener("change", show);
for (const event of ["beforeprint", "afterprint"] as const)
  addEventListener(event, () => {
    isPrinting = event === "beforeprint";
    show();
  });
// Another tab changed it.
addEventListener("storage", ({ key }) => {
  if (key === storageKey) show();
});
