/** Put what was built where Python takes it from, with its policy; with --check, only compare. */
import { readFileSync, writeFileSync } from "node:fs";
import { withPolicy } from "./policy.ts";

const built = withPolicy(readFileSync(new URL("../dist/app.html", import.meta.url), "utf-8"));
const place = new URL("../../app.html", import.meta.url);

if (!process.argv.includes("--check")) {
  writeFileSync(place, built);
} else if (readFileSync(place, "utf-8") !== built) {
  console.error("report/app.html is not what report/app makes: run `npm run build` there, and commit the file");
  process.exitCode = 1;
}
