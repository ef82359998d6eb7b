/** A case as the text of an issue, in Markdown: the finding, the versions, the script, and where the report is. */
import { at, type Report } from "./report.ts";
import { script } from "./script.ts";
import { capital, tuple, word } from "./words.ts";

/** What one environment did with a case; `address` is that of the page. */
export function issue(report: Report, number: number, environment: number, address: string): string {
  const { cases, cells } = report.payload;
  const cell = report.cell(number, environment);
  const { label, packages, facts } = report.environments[environment]!;
  const said = (column: { values: string[]; of: number[] }): string => at(column, cell);
  const port = at(cells.port, cell);
  const title = `${capital(word(report.verdict(cell)))} in ${label}: ${at(cases.title, number)}`;
  const parts = [
    `### ${plain(title)}`,
    [said(cells.reason), said(cells.holds)].filter(Boolean).map((text) => plain(capital(text))).join("\n\n"),
    `- Layer: ${code(cases.id[number]!)}, ${plain(at(cases.title, number))}\n- Requested shape: ${tuple(at(cases.expected, number))}\n- Shape in ${plain(label)}: ${tuple(at(cells.shape, cell))}`,
    block("As written", said(cells.source)),
    block("The requested word, refused", said(cells.literal)),
    block(port === "agrees" ? "The port, which agrees with the request" : `The port (${word(port)})`, said(cells.portSource)),
    block("The error", said(cells.error), "text"),
    list("Versions", [...packages, ...facts]),
    block("A script that shows it", script(report, number, environment)),
    `Found by convparity ${report.payload.version}: ${place(address)}`,
  ];
  return parts.filter(Boolean).join("\n\n") + "\n";
}

/** An address on a server as it is; of a file on someone's disk only its name and what is open in it. */
function place(address: string): string {
  if (/^https?:/.test(address)) return address;
  const [file, ...rest] = address.split("#");
  return code([file!.slice(file!.lastIndexOf("/") + 1), ...rest].join("#"));
}

function block(head: string, text: string, language = "python"): string {
  if (!text) return "";
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `**${head}**\n\n${fence}${language}\n${text}\n${fence}`;
}

function list(head: string, pairs: [string, string][]): string {
  return pairs.length ? `**${head}**\n\n${pairs.map((pair) => `- ${plain(pair.join(" "))}`).join("\n")}` : "";
}

function code(text: string): string {
  return text.includes("`") ? plain(text) : `\`${text}\``;
}

/** Text without markup, mentions or numbers of issues, in one line. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|~&$@#]/g, (sign) => `&#${sign.charCodeAt(0)};${/[@#]/.test(sign) ? "&#8203;" : ""}`);
}
