/** An element that had the focus, and where to look for a new place when it is gone. */
interface Place {
  /** The element, and what it was in, the nearest first. */
  readonly path: readonly Element[];
  readonly dialog: Element | null;
  /** Where the focus was before the dialog opened. */
  readonly before: Place | undefined;
}

const dialogs = "[role=dialog]";
/** What has a name or a meaning, so that a screen reader says where it is. */
const parts = "main, section, form, table, [role=tabpanel], [role=region], [role=group], [role=dialog]";

/**
 * Gives the focus a new place when the element that had it is removed or disabled, as by what its button did: the nearest part of the page
 * that it was in, or for a dialog what was used before it. Otherwise the keys would begin at the top of the page, and a screen reader would
 * say nothing. A part and not the next button: whoever still holds Enter would press that one too. Returns what ends it.
 */
export function keepFocus(): () => void {
  let last: Place | undefined;
  let look = 0;
  const note = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element)) return;
    const dialog = target.closest(dialogs);
    let before = dialog === null ? undefined : last;
    while (before !== undefined && before.dialog === dialog) ({ before } = before);
    last = { path: pathOf(target), dialog, before };
  };
  const keep = (): void => {
    const [element] = last?.path ?? [];
    if (document.activeElement !== document.body || element === undefined || canHaveFocus(element)) return;
    for (let place = last; place !== undefined; place = place.before) {
      const [used] = place.path;
      const next =
        used !== undefined && canHaveFocus(used)
          ? used
          : place.path.find((one) => one.isConnected && one.matches(parts));
      if (next !== undefined) return focus(next);
    }
  };
  // A button that was disabled loses the focus with the next frame.
  const watch = new MutationObserver(() => {
    if (look !== 0) return;
    look = requestAnimationFrame(() => {
      look = requestAnimationFrame(() => {
        look = 0;
        keep();
      });
    });
  });
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  document.addEventListener("focusin", note);
  return () => {
    watch.disconnect();
    cancelAnimationFrame(look);
    document.removeEventListener("focusin", note);
  };
}

function pathOf(element: Element): readonly Element[] {
  const path: Element[] = [];
  for (let one: Element | null = element; one !== null; one = one.parentElement) path.push(one);
  return path;
}

function canHaveFocus(element: Element): boolean {
  return element.isConnected && !element.matches(":disabled") && element.getClientRects().length > 0;
}

function focus(element: Element): void {
  if (!(element instanceof HTMLElement)) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
}
