/** Put what was built where Python takes it from, pages with their policy; with --check, only compare. */
import { readFileSync, writeFileSync } from "node:fs";
import { LIVE, REPORT, withPolicy } from "./policy.ts";

for (const [page, policy] of [["app.html", REPORT], ["drawing.html", REPORT], ["live.html", LIVE], ["widget.js", null]] as const) {
  const found = readFileSync(new URL(`../dist/${page}`, import.meta.url), "utf-8");
  const built = policy ? withPolicy(found, policy) : found;
  const place = new URL(`../../${page}`, import.meta.url);
  if (!process.argv.includes("--check")) {
    writeFileSync(place, built);
  } else if (readFileSync(place, "utf-8") !== built) {
    console.error(`report/${page} is not what report/app makes: run \`npm run build\` there, and commit the file`);
    process.exitCode = 1;
  }
}
