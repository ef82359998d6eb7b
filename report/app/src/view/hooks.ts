import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Theme } from "../state.ts";
import type { Store } from "../store.ts";

/** Listen to every key of the page. */
export function useKeys(listener: (event: KeyboardEvent) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => latest.current(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** Whether a media query holds, now and later. */
export function useMedia(query: string): boolean {
  const [media] = useState(() => matchMedia(query));
  const [matches, set] = useState(media.matches);
  useEffect(() => {
    const change = (): void => set(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, []);
  return matches;
}

/** The theme of the page as the reader chose it; returns what changes it to the other one. */
export function useTheme(store: Store): () => void {
  const dark = useMedia("(prefers-color-scheme: dark)");
  const { theme } = store.state;
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return () => store.adjust({ theme: (theme || (dark ? "dark" : "light")) === "dark" ? "light" : ("dark" satisfies Theme) });
}
