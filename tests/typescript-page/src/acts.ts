// What window tests ask of the page. Each act gives what JSON can hold.
import {
  ApplicationError,
  BackendError,
  CodecError,
  PipeError,
  RefusalError,
  StartupError,
  TwinbridgeError,
  call,
  on,
  stream,
} from "sample-backend";
import { sample, type Counts, type Item, type SampleError } from "sample-backend/sample";
import { sampleEarly } from "sample-backend/sample-early";
import { sampleEvents } from "sample-backend/sample-events";
import { sampleNews } from "sample-backend/sample-news";

/** What the first listener heard. */
export const heard: string[] = [];

/** Why handlers of the page were given up. */
export const givenUp: string[] = [];

/** How far the page's own streams had come when they ended. */
export const left: number[] = [];

/** Every kind of value that JavaScript can send and get back. */
const values = (): Record<string, unknown> => ({
  undefined: undefined,
  null: null,
  boolean: true,
  integer: -7,
  largest: Number.MAX_SAFE_INTEGER,
  fraction: 0.1,
  huge: 1e300,
  nan: NaN,
  infinity: -Infinity,
  negativeZero: -0,
  bigint: 2n ** 70n,
  negativeBigint: -(2n ** 64n),
  text: "na\u00efve \u{1f980} \ufffd",
  bytes: new Uint8Array([0, 1, 255]),
  part: new Uint8Array([9, 1, 2, 9]).subarray(1, 3),
  floats: new Float64Array([1.5, NaN]),
  bigints: new BigInt64Array([-1n, 2n]),
  view: new DataView(new Uint8Array([1, 2]).buffer),
  buffer: new Uint8Array([3, 4]).buffer,
  date: new Date(1_700_000_000_123),
  invalidDate: new Date(NaN),
  array: [1, [undefined, null], "x"],
  object: { a: 1, b: undefined, $twinbridge: ["date", 0] },
  prototype: JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
  map: new Map<unknown, unknown>([
    [1, "a"],
    [{ key: true }, new Map()],
  ]),
  set: new Set([1, "a", undefined]),
  pattern: /a+\/b/giu,
  error: Object.assign(new RangeError("too far"), { limit: 3 }),
});

/** A value as text that shows its type, so that what comes back can be compared. */
const shown = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof ArrayBuffer) return `${tag}[${[...new Uint8Array(value)].join()}]`;
  if (value instanceof DataView) {
    return `${tag}[${[...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)].join()}]`;
  }
  if (ArrayBuffer.isView(value)) return `${tag}[${[...(value as unknown as Iterable<unknown>)].join()}]`;
  if (value instanceof Date) return `${tag}(${value.getTime()})`;
  if (value instanceof RegExp) return `${tag}(${String(value)})`;
  if (value instanceof Map) return `${tag}(${[...value].map((pair) => shown(pair)).join()})`;
  if (value instanceof Set) return `${tag}(${[...value].map(shown).join()})`;
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  const error = value instanceof Error ? `${value.name}: ${value.message} ` : "";
  const properties = Object.entries(value)
    .filter(([name]) => error === "" || name !== "name")
    .map(([name, property]) => `${name}=${shown(property)}`);
  const proto = Object.getPrototypeOf(value) === Object.prototype ? "" : " (other prototype)";
  return `${error}{${properties.join()}}${error === "" ? proto : ""}`;
};

const CLASSES = {
  ApplicationError,
  RefusalError,
  BackendError,
  PipeError,
  CodecError,
  StartupError,
  TwinbridgeError,
};

/** An error as a test reads it. */
const described = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof TwinbridgeError)) {
    return { other: error instanceof Error ? `${error.name}: ${error.message}` : shown(error) };
  }
  const classes = Object.entries(CLASSES).find(([, Class]) => error instanceof Class);
  return {
    class: classes?.[0],
    layer: error.layer,
    name: error.name,
    scope: error.scope,
    key: error.key,
    number: error.errorNumber ?? null,
    id: error.iTwinErrorId,
    message: error.message,
    isTransient: error.isTransient,
    data: error instanceof ApplicationError ? error.data : null,
    details: error instanceof RefusalError ? (error.details ?? null) : null,
  };
};

/** The failure of a call that must fail. */
const failure = async (action: () => Promise<unknown>): Promise<Record<string, unknown>> => {
  try {
    return { result: shown(await action()) };
  } catch (error) {
    return described(error);
  }
};

/** Asks until what the backend counts is as expected. */
const until = async (expected: (counts: Counts) => boolean): Promise<Counts> => {
  for (;;) {
    const counts = await sample.counts();
    if (expected(counts)) return counts;
  }
};

const taken = async (items: AsyncIterable<Item>, count: number): Promise<number[]> => {
  const numbers: number[] = [];
  for await (const item of items) {
    // Typed: `number` is a number and `isEven` a truth value.
    if (item.isEven === (item.number % 2 === 0)) numbers.push(item.number);
    if (numbers.length === count) break;
  }
  return numbers;
};

export const acts = {
  calls: async () => {
    const nothing: void = await sample.nothing();
    return {
      sum: await sample.add(20, 3),
      byName: await twinbridge.call("sample", "add", [20, 4]),
      surplus: await call("sample", "add", [20, 5, "more"]),
      nothing: shown(nothing),
      small: shown(await sample.after(41)),
      beyond: shown(await sample.after(Number.MAX_SAFE_INTEGER)),
      largest: shown(await sample.after(2n ** 64n - 2n)),
      reversed: shown(await sample.reversed(new Uint16Array([1, 0x0203]))),
      named: await sample.greet("Hello", "Ada"),
      unnamed: await sample.greet("Hello"),
    };
  },

  values: async () => {
    const wrong: string[] = [];
    for (const [name, value] of Object.entries(values())) {
      const back = await sample.echo(value);
      if (shown(back) !== shown(value)) wrong.push(`${name}: ${shown(value)} came as ${shown(back)}`);
    }
    return { wrong, count: Object.keys(values()).length };
  },

  shownByRust: async () => ({
    integer: await sample.shown(3),
    negativeZero: await sample.shown(-0),
    undefined: await sample.shown(undefined),
    bigint: await sample.shown(5n),
  }),

  many: async (count: number) => {
    const calls = Array.from({ length: count }, (_, number) => sample.add(number, 1));
    const sums = await Promise.all(calls);
    return sums.every((sum, number) => sum === number + 1);
  },

  errors: async () => {
    const application = await failure(() => sample.fail(7));
    // Narrowed by class, and then by the contract's own type.
    const narrowed = await sample.fail(8).catch((error: unknown) => {
      if (!(error instanceof ApplicationError)) throw error;
      const data = error.data as SampleError;
      return data.kind === "asked" ? data.code : data.problem;
    });
    const circle: unknown[] = [];
    circle.push(circle);
    return {
      application,
      narrowed,
      panicked: await failure(() => sample.panic()),
      unknownMethod: await failure(() => call("sample", "none")),
      unknownChannel: await failure(() => call("nobody", "none")),
      badArgument: await failure(() => call("sample", "add", [1, "two"])),
      missing: await failure(() => call("sample", "add", [1])),
      badName: await failure(() => call("no channel", "add")),
      aFunction: await failure(() => sample.echo(() => 1)),
      aSymbol: await failure(() => sample.echo(Symbol("one"))),
      halfOfAPair: await failure(() => sample.echo("\ud83e")),
      circle: await failure(() => sample.echo(circle)),
      aThrowingGetter: await failure(() =>
        sample.echo({
          get bad(): number {
            throw new RangeError("as the page wants");
          },
        }),
      ),
      contractDeadline: await failure(() => sample.hurry()),
      ownDeadline: await failure(() => sample.wait({ deadline: 50 })),
      noStream: await failure(() => stream("sample", "add", [1, 2]).next()),
    };
  },

  abort: async () => {
    const before = await failure(() => sample.wait({ signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const waiting = failure(() => sample.wait({ signal: controller.signal }));
    const running = await until((counts) => counts.waiting === 1);
    controller.abort(new Error("no longer wanted"));
    const reason = await waiting;
    const after = await until((counts) => counts.waiting === 0);
    // A signal that comes too late changes nothing.
    const late = new AbortController();
    const sum = await sample.add(1, 2, { signal: late.signal });
    late.abort();
    return { before, running: running.waiting, reason, after: after.waiting, sum };
  },

  streams: async () => {
    const numbers: number[] = [];
    for await (const number of sample.numbers(20_000)) numbers.push(number);
    const named = await call<AsyncIterable<number>>("sample", "numbers", [3]);
    const byName: number[] = [];
    for await (const number of named) byName.push(number);
    const both = sample.numbers(2);
    const atOnce = await Promise.all([both.next(), both.next(), both.next(), both.next()]);
    return {
      count: numbers.length,
      inOrder: numbers.every((number, at) => number === at + 1),
      byName,
      atOnce: atOnce.map(({ done, value }) => (done === true ? "done" : (value as number))),
    };
  },

  leaving: async () => {
    const first = await taken(sample.endless(), 3);
    const afterBreak = await until((counts) => counts.streaming === 0);
    return { first, streaming: afterBreak.streaming };
  },

  credit: async () => {
    const items = sample.endless();
    await items.next();
    // The producer runs as far ahead as it has credit, and then waits.
    let counts = await sample.counts();
    for (let same = 0; same < 50; ) {
      const next = await sample.counts();
      same = next.produced === counts.produced ? same + 1 : 0;
      counts = next;
    }
    const ahead = counts.produced;
    for (let number = 0; number < ahead; number++) await items.next();
    const more = await until((counts) => counts.produced > ahead);
    await items.return?.();
    await until((counts) => counts.streaming === 0);
    return { ahead, goesOn: more.produced > ahead };
  },

  endings: async () => {
    const numbers: number[] = [];
    const failed = await failure(async () => {
      for await (const number of sample.failing(2)) numbers.push(number);
    });
    const refused = await failure(() => sample.failing(0).next());
    const controller = new AbortController();
    const items = sample.endless({ signal: controller.signal });
    await items.next();
    controller.abort(new Error("no longer wanted"));
    const aborted = await failure(() => items.next());
    const afterwards = await items.next();
    const unread = sample.endless();
    unread.cancel();
    const cancelled = await unread.next();
    const counts = await until((counts) => counts.streaming === 0);
    return {
      numbers,
      failed,
      refused,
      aborted,
      afterwards: afterwards.done,
      cancelled: cancelled.done,
      streaming: counts.streaming,
    };
  },

  notifications: async () => {
    const second: number[] = [];
    const stop = sampleEvents.onTold((number) => second.push(number));
    const broken = on("sample-events", "told", () => {
      throw new Error("a listener of this page fails");
    });
    await sample.tell(3);
    const first = [...heard];
    const both = [...second];
    stop();
    broken();
    await sample.tell(1);
    return { first, both, later: heard.slice(first.length), afterStop: second.slice(both.length) };
  },

  kept: async () => {
    await sample.tellEarly(3);
    const first: number[] = [];
    const second: number[] = [];
    sampleEarly.onTold((number) => first.push(number));
    sampleEarly.onTold((number) => second.push(number));
    await sample.nothing();
    return { first, second };
  },

  news: async () => {
    for (const number of [1, 2, 3]) await sampleNews.said(number);
    // One-way messages are handled before a later call begins, one by one.
    let said = await sample.said();
    while (said.length < 3) said = await sample.said();
    return said;
  },

  asked: async () => ({
    sum: await sample.ask(20, 3),
    failed: await failure(() => sample.ask(99, 2)),
  }),

  givenUp: async () => {
    const said = await sample.askToWait();
    // The cancel is on its way when the backend has given up.
    while (givenUp.length === 0) await sample.nothing();
    return { said, givenUp };
  },

  taken: async () => {
    const all = await sample.take(10);
    const some = await sample.take(2);
    while (left.length < 2) await sample.nothing();
    return { all, some, ends: left.length };
  },

  late: async () => {
    const { declare } = twinbridge;
    try {
      declare({ channel: "late", version: "1.0.0", fingerprint: "0000000000000000" });
      return "declared";
    } catch (error) {
      return described(error);
    }
  },

  first: async () => failure(() => sample.add(1, 2)),
};
