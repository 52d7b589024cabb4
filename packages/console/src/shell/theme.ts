import { applyMode, Mode } from "@cloudscape-design/global-styles";

export type Theme = "system" | "light" | "dark";

const storageKey = "theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

export function storedTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

function isDark(): boolean {
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
// Another tab changed it.
addEventListener("storage", ({ key }) => {
  if (key === storageKey) show();
});
