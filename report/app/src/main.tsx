import { render } from "preact";
import { Report } from "./report.ts";
import { Store } from "./store.ts";
import { unpack } from "./unpack.ts";
import { App } from "./view/App.tsx";
import { Models } from "./view/Models.tsx";
import "./view/style.css";

const page = document.getElementById("page")!;

try {
  const data = document.getElementById("payload")!;
  const payload = await unpack(data.textContent!);
  data.remove();
  const store = new Store();
  render(payload.kind === "models" ? <Models payload={payload} store={store} /> : <App report={new Report(payload)} store={store} />, page);
} catch (error) {
  render(<p class="alone">This report cannot be shown: {String(error)}</p>, page);
}
