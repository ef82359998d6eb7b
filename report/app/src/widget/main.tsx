/** The widget of a notebook: one ES module, which anywidget loads in JupyterLab, Notebook, VS Code and marimo. */
import { render as draw } from "preact";
import live from "../live/view/live.css?inline";
import style from "../view/style.css?inline";
import { type Model, Sender } from "./model.ts";
import { codeTheme, isDark, onTheme } from "./theme.ts";
import { Explorer } from "./view/Explorer.tsx";
import own from "./view/widget.css?inline";

/** A page's style sheet for a shadow tree, which has a host and no body. */
function hosted(css: string): string {
  return css.replace(/:root(\[[^\]]+\])/g, ":host($1)").replaceAll(":root", ":host").replace(/(^|[\s,}])body(?=[\s,{])/g, "$1.page");
}

const HOST = "convparity-explorer";
const STYLE = [style, live, own].map(hosted).join("\n");

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const host = document.createElement("div"); // marimo 0.25 renders the widget of a cell that ran again in the same element
  el.append(host);
  const root = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = STYLE;
  const page = document.createElement("div");
  page.className = "page";
  root.append(sheet, page);
  host.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take a letter in a field for a command
  host.className = HOST;
  const still = hide(model.get("still"));

  const sender = new Sender(model, !codeTheme()); // where each message takes long itself
  const show = (): void => draw(<Explorer model={model} sender={sender} />, page);
  const theme = (): void => {
    host.dataset.theme = isDark(el.parentElement ?? document.body) ? "dark" : "light";
  };
  const changed = (): void => {
    sender.heard();
    show();
  };
  model.on("change", changed);
  const unwatch = onTheme(theme);
  changed(); // it may have been measured before the browser was ready
  requestAnimationFrame(theme); // once the notebook holds the element
  return () => {
    model.off("change", changed);
    unwatch();
    draw(null, page);
    host.remove();
    still.remove();
  };
}

/** Hide the static figure that stands in the notebook for this widget, and the white that VS Code lays behind widgets. */
function hide(name: string): HTMLStyleElement {
  const sheet = document.createElement("style");
  const figure = `[data-convparity="${CSS.escape(name)}"]`;
  sheet.textContent = `${figure}, .jp-OutputArea-child:has(${figure}) { display: none !important; }
    .cell-output-ipywidget-background:has(.${HOST}) { background: none !important; }`;
  document.head.append(sheet);
  return sheet;
}

export default { render };
