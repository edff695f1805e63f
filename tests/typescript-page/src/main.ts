// A page in TypeScript, as an app would have it. What window tests ask of it is in `acts`; this
// file begins the session and shows how that went.
import { StartupError, handle, onEnd, start, type HandlerContext } from "sample-backend";
import { sampleEvents } from "sample-backend/sample-events";
import { handleSamplePage, type SamplePage } from "sample-backend/sample-page";
import { acts, givenUp, heard, left } from "./acts";

const show = (text: string, state: string): void => {
  const status = document.querySelector<HTMLElement>("#status");
  if (status !== null) status.textContent = text;
  document.documentElement.dataset["state"] = state;
};

class Page implements SamplePage {
  add(a: number, b: number): number | Promise<number> {
    if (a + b > 100) {
      // An error of the contract: its own data, and what other edges know of it.
      throw Object.assign(new Error("too many"), {
        scope: "sample",
        key: "page",
        data: { kind: "page", problem: "too many" },
      });
    }
    return Promise.resolve(a + b);
  }

  async *numbers(end: number): AsyncGenerator<number> {
    let number = 0;
    try {
      while (number < end) yield ++number;
      throw Object.assign(new Error("no more"), { data: { kind: "asked", code: end } });
    } finally {
      left.push(number);
    }
  }

  wait({ signal }: HandlerContext): Promise<void> {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        givenUp.push(String(signal.reason));
        reject(signal.reason);
      });
    });
  }
}

// Before the session has begun: what the backend tells at once is not missed.
sampleEvents.onTold((number, data) => heard.push(`${number}:${data.length}`));

Object.assign(window, {
  act: (name: keyof typeof acts, ...words: unknown[]): Promise<unknown> =>
    (acts[name] as (...words: unknown[]) => Promise<unknown>)(...words),
});

onEnd((reason) => show(reason.message, "ended"));

try {
  await handleSamplePage(new Page());
  // By name, with no contract.
  await handle("sample-plain", { twice: (number: number) => 2 * number });
  await start();
  show("connected", "connected");
} catch (error) {
  const isMismatch = error instanceof StartupError && error.verdicts.length > 0;
  show(error instanceof Error ? error.message : String(error), isMismatch ? "mismatch" : "failed");
}
