/** What the live page is given, written by engine/site/making.py. */
import type { Answer, Question } from "./answer.ts";

/** A question that was answered when the page was made. */
export interface Example extends Question {
  title: string;
  answer: Answer;
}

export interface Page {
  format: 1;
  headline: string;
  version: string;
  /** the address of the zip with the code of the answers, beside the page */
  code: string;
  /** the folder with the Python of the browser, beside the page */
  pyodide: string;
  /** the size of both */
  megabytes: number;
  /** the first adapter of each framework, and the framework's name */
  frameworks: [adapter: string, framework: string][];
  /** the versions that the predictions were held against, such as "torch 2.13.0" */
  held: string[];
  /** the address of the matrix of this site, beside the page; "" where there is none */
  matrix: string;
  examples: Example[];
}

/** The example that asks just this; undefined where none does. */
export function recorded(page: Page, question: Question): Example | undefined {
  return page.examples.find((example) => FIELDS.every((field) => example[field] === question[field]));
}

export const FIELDS = ["line", "second", "input", "to"] as const;
