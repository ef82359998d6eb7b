/** A drawing by itself, in a frame of a notebook, which is told how tall the drawing is. */
import { render } from "preact";
import { Alone, type Payload } from "./view/Alone.tsx";
import "./view/style.css";

const page = document.getElementById("page")!;
const payload = JSON.parse(document.getElementById("payload")!.textContent!) as Payload;
if (payload.theme) document.documentElement.dataset.theme = payload.theme;
render(<Alone payload={payload} />, page);
new ResizeObserver(() => parent.postMessage({ convparity: Math.ceil(page.getBoundingClientRect().height) + 2 }, "*")).observe(page);
