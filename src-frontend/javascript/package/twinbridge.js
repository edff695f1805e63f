// The page's half of a Twinbridge app, for pages in JavaScript and TypeScript.
//
// Everything that goes to the backend passes one session, which begins with the first call, or
// with `start()`. The session itself is the small wasm module beside this file; here are the parts
// that JavaScript has its own ways for: classes of errors, abort signals, iterators, listeners.
import init, { Core, ItemReader } from "./twinbridge_core.js";
import { showMismatch } from "./mismatch.js";

/** What every failure has. */
export class TwinbridgeError extends Error {
  constructor(failure) {
    super(failure.message);
    this.name = failure.key;
    this.layer = failure.layer;
    this.scope = failure.scope;
    this.key = failure.key;
    this.number = failure.number;
    this.isTransient = failure.isTransient === true;
  }

  get iTwinErrorId() {
    return { scope: this.scope, key: this.key };
  }

  get errorNumber() {
    return this.number;
  }
}

/** The handler ran, and gave the error of its contract. */
export class ApplicationError extends TwinbridgeError {
  constructor(failure) {
    super(failure);
    this.data = failure.data;
  }
}

/** The other side will not run the call, or stopped it. */
export class RefusalError extends TwinbridgeError {
  constructor(failure) {
    super(failure);
    this.details = failure.details;
  }
}

/** The other side failed in a way that no type describes. */
export class BackendError extends TwinbridgeError {}

/** The call did not get through. */
export class PipeError extends TwinbridgeError {}

/** An argument or a reply is not what can travel. */
export class CodecError extends TwinbridgeError {}

/** There is no session, since there is no host or the halves do not fit. */
export class StartupError extends TwinbridgeError {
  constructor(failure) {
    super(failure);
    this.verdicts = failure.verdicts ?? [];
  }
}

const CLASSES = {
  application: ApplicationError,
  refusal: RefusalError,
  backend: BackendError,
  pipe: PipeError,
  codec: CodecError,
  startup: StartupError,
};

/** An error of what the core rejects with or throws; what something else threw stays as it is. */
const errorOf = (failure) => {
  const Class = CLASSES[failure?.layer];
  return Class === undefined || failure instanceof Error ? failure : new Class(failure);
};

const attempt = (action) => {
  try {
    return action();
  } catch (failure) {
    throw errorOf(failure);
  }
};

let core;
let connecting;
let starting;
const declared = [];
const endListeners = new Set();

/** Loads the module and finds the host. What is sent waits for the greeting; listeners do not. */
const connect = () => {
  connecting ??= (async () => {
    await init({ module_or_path: new URL("./twinbridge_core_bg.wasm", import.meta.url) });
    core = attempt(() => Core.connect());
    core.onEnd((failure) => {
      const error = errorOf(failure);
      for (const listener of [...endListeners]) report(() => listener(error));
    });
    return core;
  })();
  return connecting;
};

export const start = (options = {}) => {
  starting ??= (async () => {
    await connect();
    try {
      await core.greet(JSON.stringify(declared));
    } catch (failure) {
      const error = errorOf(failure);
      const isMismatch = error instanceof StartupError && error.verdicts.length > 0;
      if (isMismatch && options.mismatchScreen !== false) showMismatch(error.verdicts);
      throw error;
    }
    return core;
  })();
  return starting.then(() => undefined);
};

const started = async () => {
  await start();
  return core;
};

export const declare = (...interfaces) => {
  for (const each of interfaces) {
    if (starting !== undefined) {
      throw new StartupError({
        layer: "startup",
        scope: "twinbridge",
        key: "declaration",
        message:
          `the interface \`${each.channel}\` was declared after the page had greeted; import its ` +
          "module from the page's first script, or before `start()` and the first call",
      });
    }
    declared.push({ channel: each.channel, version: each.version, fingerprint: each.fingerprint });
  }
};

export const onEnd = (listener) => {
  endListeners.add(listener);
  return () => void endListeners.delete(listener);
};

export const close = () => core?.close();

// Calls.

const MAX_DEADLINE = 0xffff_ffff;

const deadlineOf = (milliseconds = 0) => {
  if (!(milliseconds >= 0)) throw new RangeError("a deadline is a number of milliseconds");
  return Math.min(Math.ceil(milliseconds), MAX_DEADLINE);
};

/** Runs a call up to its answer, which is a value or an `ItemReader`. */
const run = async (channel, method, args, options) => {
  const { signal } = options;
  signal?.throwIfAborted();
  const deadline = deadlineOf(options.deadline);
  await started();
  signal?.throwIfAborted();
  const running = attempt(() => core.call(channel, method, args, deadline));
  return new Promise((resolve, reject) => {
    const abort = () => {
      running.cancel();
      reject(signal.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    running.answer
      .then(resolve, (failure) => reject(errorOf(failure)))
      .finally(() => {
        signal?.removeEventListener("abort", abort);
        running.free();
      });
  });
};

export const call = async (channel, method, args = [], options = {}) => {
  const answer = await run(channel, method, args, options);
  return answer instanceof ItemReader ? new Stream(Promise.resolve(answer), options.signal) : answer;
};

export const stream = (channel, method, args = [], options = {}) => {
  // Gives the call up also while it has no answer.
  const own = new AbortController();
  const opening = run(channel, method, args, { ...options, signal: own.signal }).then((answer) => {
    if (answer instanceof ItemReader) return answer;
    throw new RefusalError({
      layer: "refusal",
      scope: "twinbridge",
      key: "unrecognized",
      message: "the reply is a value, the caller takes it for a stream",
    });
  });
  return new Stream(opening, options.signal, () => own.abort());
};

const DONE = Object.freeze({ done: true, value: undefined });

/** Items as they are asked for: what is not asked for is not produced far ahead. */
class Stream {
  #opening;
  #reader;
  #signal;
  #abort;
  #giveUp;
  #isOver = false;
  /** The last `next()`; one after the other asks for an item. */
  #last = Promise.resolve();

  constructor(opening, signal, giveUp = () => {}) {
    this.#opening = opening;
    this.#signal = signal;
    this.#giveUp = giveUp;
    // Whoever never asks for an item is not told of the failure either.
    opening.then(
      (reader) => {
        this.#reader = reader;
        if (this.#isOver) this.#free();
      },
      () => {},
    );
    this.#abort = () => this.cancel();
    if (signal?.aborted) this.cancel();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  next() {
    const next = this.#last.then(() => this.#step());
    this.#last = next.catch(() => {});
    return next;
  }

  async #step() {
    if (this.#isOver) return this.#ended();
    try {
      const reader = await this.#opening;
      if (this.#isOver) return this.#ended();
      const item = await reader.next();
      if (this.#isOver) return this.#ended();
      if (item !== undefined) return { done: false, value: item[0] };
    } catch (failure) {
      if (this.#isOver) return this.#ended();
      this.cancel();
      throw errorOf(failure);
    }
    this.cancel();
    return DONE;
  }

  /** After a signal the first who asks is told its reason. */
  #ended() {
    const signal = this.#signal;
    this.#signal = undefined;
    if (signal?.aborted) throw signal.reason;
    return DONE;
  }

  cancel() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    if (!this.#signal?.aborted) this.#signal = undefined;
    this.#giveUp();
    this.#free();
  }

  #free() {
    // Ends the stream at its producer, and an item that is waited for does not come.
    this.#reader?.free();
    this.#reader = undefined;
  }

  async return(value) {
    this.cancel();
    return { done: true, value };
  }

  async throw(error) {
    this.cancel();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

// One-way messages.

/** By channel: the core's listener, and the functions by name. */
const channels = new Map();

/** Says what a listener threw, and lets the others go on. */
const report = (action) => {
  try {
    action();
  } catch (error) {
    console.error(error);
  }
};

const deliver = (names, name, args) => {
  for (const listener of [...(names.get(name) ?? [])]) report(() => listener(...args));
};

export const on = (channel, name, listener) => {
  let entry = channels.get(channel);
  if (entry === undefined) {
    entry = { names: new Map(), listening: undefined };
    channels.set(channel, entry);
    const { names } = entry;
    // Attached in one turn with all that the page asks for before the module is loaded: the first
    // listener of a channel gets what was kept for it.
    connect().then(
      () => {
        if (channels.get(channel) !== entry) return;
        report(() => {
          entry.listening = attempt(() =>
            core.listen(channel, (called, args) => deliver(names, called, args)),
          );
        });
      },
      (failure) => console.error(errorOf(failure)),
    );
  }
  const { names } = entry;
  // Wrapped, so that one function may listen twice and stop listening once.
  const own = (...args) => listener(...args);
  if (!names.has(name)) names.set(name, new Set());
  names.get(name).add(own);
  return () => {
    names.get(name)?.delete(own);
    if (names.get(name)?.size === 0) names.delete(name);
    if (names.size === 0 && channels.get(channel) === entry) {
      channels.delete(channel);
      entry.listening?.free();
    }
  };
};

export const send = async (channel, name, args = []) => {
  await started();
  try {
    await attempt(() => core.send(channel, name, args));
  } catch (failure) {
    throw errorOf(failure);
  }
};

// Calls of the backend.

export const handle = async (channel, methods, options = {}) => {
  await connect();
  const answer = async (method, args, cancelled) => {
    const run = Object.hasOwn(methods, method) ? methods[method] : methodOf(methods, method);
    // The core's word for it, which becomes the refusal of that name.
    if (run === undefined) throw { layer: "unknownMethod" };
    const controller = new AbortController();
    cancelled.then((is) => is && controller.abort(new DOMException("the call was cancelled", "AbortError")));
    return run.call(methods, ...args, { signal: controller.signal });
  };
  const handling = attempt(() => core.handle(channel, options.version ?? "0.0.0", answer));
  return () => handling.free();
};

/** A method of the object's class, and none of those that every object has. */
const methodOf = (methods, name) => {
  let owner = Object.getPrototypeOf(methods);
  while (owner !== null && owner !== Object.prototype && name !== "constructor") {
    const found = Object.getOwnPropertyDescriptor(owner, name)?.value;
    if (typeof found === "function") return found;
    owner = Object.getPrototypeOf(owner);
  }
  return undefined;
};

export { showMismatch };

// For scripts that import nothing, and for the console.
globalThis.twinbridge ??= Object.freeze({
  start, declare, call, stream, on, send, handle, onEnd, close, showMismatch,
  TwinbridgeError, ApplicationError, RefusalError, BackendError, PipeError, CodecError, StartupError,
});
