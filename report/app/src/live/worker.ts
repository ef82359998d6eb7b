/** Runs convparity's own code, so that the page stays awake: Python is loaded once, then each question is answered. */

/** The first message: where the files are. */
export interface Places {
  pyodide: string;
  code: string;
}

export interface Asked {
  number: number;
  /** a Question as JSON */
  question: string;
}

export type Said = { ready: true } | { number: number; answer: string; milliseconds: number } | { failed: string };

interface Python {
  FS: { writeFile(path: string, content: Uint8Array): void };
  runPython(code: string): unknown;
  pyimport(module: string): { answer(question: string): string };
}

const CODE = "/convparity.zip";
const post = (said: Said): void => postMessage(said);

let answering: Promise<(question: string) => string> | undefined;

addEventListener("message", async ({ data }: MessageEvent<Places | Asked>) => {
  try {
    if ("code" in data) {
      answering = load(data);
      await answering;
      return post({ ready: true });
    }
    const answer = await answering!;
    const start = performance.now();
    const found = answer(data.question);
    post({ number: data.number, answer: found, milliseconds: performance.now() - start });
  } catch (error) {
    post({ failed: String(error) });
  }
});

async function load({ pyodide, code }: Places): Promise<(question: string) => string> {
  const { loadPyodide } = await import(/* @vite-ignore */ `${pyodide}pyodide.mjs`);
  const [python, bundle]: [Python, Uint8Array] = await Promise.all([loadPyodide({ indexURL: pyodide }), fetched(code)]);
  python.FS.writeFile(CODE, bundle);
  python.runPython(`import sys; sys.path.insert(0, "${CODE}")`);
  return python.pyimport("convparity.report.live.answer").answer;
}

async function fetched(address: string): Promise<Uint8Array> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
}
