import { render } from "preact";
import { Address } from "../address.ts";
import { content } from "../unpack.ts";
import type { Page } from "./page.ts";
import { HASH } from "./state.ts";
import { Live } from "./view/Live.tsx";
import "../view/style.css";
import "./view/live.css";

const place = document.getElementById("page")!;

try {
  const data = document.getElementById("payload")!;
  const page = await content<Page>(data.textContent!);
  data.remove();
  render(<Live page={page} store={new Address(HASH)} />, place);
} catch (error) {
  render(<p class="alone">This page cannot be shown: {String(error)}</p>, place);
}
