import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Address } from "../address.ts";
import type { Theme } from "../state.ts";

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
export function useTheme<S extends { theme: Theme }>(store: Address<S>): () => void {
  const dark = useMedia("(prefers-color-scheme: dark)");
  const { theme } = store.state;
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const other: Theme = (theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  return () => store.adjust({ theme: other } as Partial<S>);
}
