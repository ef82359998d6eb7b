import { render } from "preact";
import { Report } from "./report.ts";
import { Store } from "./store.ts";
import { unpack } from "./unpack.ts";
import { App } from "./view/App.tsx";
import "./view/style.css";

const page = document.getElementById("page")!;

try {
  const data = document.getElementById("payload")!;
  const report = new Report(await unpack(data.textContent!));
  data.remove();
  render(<App report={report} store={new Store()} />, page);
} catch (error) {
  render(<p class="alone">This report cannot be shown: {String(error)}</p>, page);
}
