/** The kind of theme that VS Code has, such as "vscode-dark"; undefined elsewhere. */
export function codeTheme(): string | undefined {
  return document.body.dataset.vscodeThemeKind;
}

/** Whether what is behind an element is dark: notebooks have themes of their own, each told in another way. */
export function isDark(element: Element): boolean {
  const code = codeTheme();
  if (code) return !code.endsWith("light"); // it lays white behind widgets in every theme
  for (let at: Element | null = element; at; at = at.parentElement) {
    const [red = 0, green = 0, blue = 0, opacity = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
    if (opacity > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Call a function whenever the theme of the page may have changed; returns what ends that. */
export function onTheme(changed: () => void): () => void {
  const observer = new MutationObserver(() => requestAnimationFrame(changed));
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", changed);
  };
}
