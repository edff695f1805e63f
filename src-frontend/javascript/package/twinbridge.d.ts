/** What travels beside a call. */
export interface CallOptions {
  /**
   * Cancels the call, or ends its stream, on the other side too. The promise, or the next item,
   * then rejects with the signal's reason.
   */
  signal?: AbortSignal;
  /** Milliseconds until the call is refused; 0 is never. Instead of the contract's. */
  deadline?: number;
}

/** An integer of 64 bits or more: a `bigint` where a number does not hold it. */
export type Integer = number | bigint;

/** Binary data. Other views and buffers are taken too, and arrive as bytes. */
export type Bytes = Uint8Array;

/** What is accepted for binary data. */
export type BytesLike = ArrayBufferView | ArrayBuffer;

/** Items of type `T`, in order. Leaving the loop early cancels the stream at its producer. */
export interface Stream<T> extends AsyncIterableIterator<T> {
  /** Cancels the stream. An item that is waited for does not come any more. */
  cancel(): void;
}

/** The part of an error that says which layer it comes from. */
export type Layer = "application" | "refusal" | "backend" | "pipe" | "codec" | "startup";

/** What every failure has. */
export class TwinbridgeError extends Error {
  /** Where it comes from. */
  readonly layer: Layer;
  /** Namespace of the error: the contract's own, or `twinbridge`. */
  readonly scope: string;
  /** Name of the error within its scope; `name` is the same. */
  readonly key: string;
  /** Number of the error, where it has one. */
  readonly number: number | undefined;
  /** Whether the same call may succeed when it is made again. */
  readonly isTransient: boolean;
  /** As iTwin.js has it. */
  readonly iTwinErrorId: { scope: string; key: string };
  /** As iTwin.js has it; the same as `number`. */
  readonly errorNumber: number | undefined;
}

/** The handler ran, and gave the error of its contract. */
export class ApplicationError<T = unknown> extends TwinbridgeError {
  readonly layer: "application";
  /** The error, of the type that the contract says. */
  readonly data: T;
}

/** The other side will not run the call, or stopped it. */
export class RefusalError extends TwinbridgeError {
  readonly layer: "refusal";
  /** Facts of this kind of refusal, which `key` names; `undefined` where there are none. */
  readonly details: unknown;
}

/** The other side failed in a way that no type describes. */
export class BackendError extends TwinbridgeError {
  readonly layer: "backend";
}

/** The call did not get through. Whether the handler ran is not known. */
export class PipeError extends TwinbridgeError {
  readonly layer: "pipe";
}

/** An argument or a reply is not what can travel. */
export class CodecError extends TwinbridgeError {
  readonly layer: "codec";
}

/** Version and fingerprint of an interface in one half. */
export interface Build {
  readonly version: string;
  readonly fingerprint: string | undefined;
}

/** Whether the two halves agree on one interface. */
export interface Verdict {
  readonly channel: string;
  readonly frontend: Build;
  /** `null` where the backend has no handler. */
  readonly backend: Build | null;
  readonly fits: boolean;
  /** What is wrong and what to do about it; `undefined` where nothing is. */
  readonly advice: string | undefined;
}

/** There is no session, since there is no host or the halves do not fit. */
export class StartupError extends TwinbridgeError {
  readonly layer: "startup";
  /** One per declared interface where some do not fit, and none otherwise. */
  readonly verdicts: readonly Verdict[];
}

/** An interface as a generated module knows it. */
export interface Declaration {
  readonly channel: string;
  readonly version: string;
  readonly fingerprint: string;
}

/**
 * Begins the session: greets the backend and compares all declared interfaces. The first call does
 * it by itself; to call this says when, and what to do about a mismatch.
 *
 * Rejects with a `StartupError`, as every call does from then on.
 */
export function start(options?: {
  /** Whether a page that does not fit shows its verdicts over everything else; it does. */
  mismatchScreen?: boolean;
}): Promise<void>;

/** Adds interfaces that the page was generated from. Generated modules do it when imported. */
export function declare(...interfaces: Declaration[]): void;

/** Calls a method by name. A method that gives a stream resolves to a `Stream`. */
export function call<T = unknown>(
  channel: string,
  method: string,
  args?: readonly unknown[],
  options?: CallOptions,
): Promise<T>;

/** Calls a method that gives a stream. The call is made at once; failures come with an item. */
export function stream<T = unknown>(
  channel: string,
  method: string,
  args?: readonly unknown[],
  options?: CallOptions,
): Stream<T>;

/** Listens for one-way messages; gives what ends it. */
export function on(channel: string, name: string, listener: (...args: any[]) => void): () => void;

/** Sends a one-way message; resolves when it found room. */
export function send(channel: string, name: string, args?: readonly unknown[]): Promise<void>;

/** What a handler gets behind its arguments. */
export interface HandlerContext {
  /** Aborts when the backend gives the call up. */
  readonly signal: AbortSignal;
}

/**
 * Answers calls of the backend on a channel, by the methods of an object; gives what ends it. A
 * method gets the arguments, and a `HandlerContext` behind them.
 */
export function handle(
  channel: string,
  methods: object,
  options?: {
    /** What `getVersion` answers. */
    version?: string;
  },
): Promise<() => void>;

/** Hears of the end of the session, once; gives what ends listening. */
export function onEnd(listener: (reason: PipeError) => void): () => void;

/** Says goodbye. Calls that run are refused. */
export function close(): void;

/** Shows which halves do not fit, over everything else. */
export function showMismatch(verdicts: readonly Verdict[]): HTMLDialogElement;

declare global {
  /** The same functions, for scripts that import nothing. There once this module has run. */
  var twinbridge: Readonly<{
    start: typeof start;
    declare: typeof declare;
    call: typeof call;
    stream: typeof stream;
    on: typeof on;
    send: typeof send;
    handle: typeof handle;
    onEnd: typeof onEnd;
    close: typeof close;
    showMismatch: typeof showMismatch;
    TwinbridgeError: typeof TwinbridgeError;
    ApplicationError: typeof ApplicationError;
    RefusalError: typeof RefusalError;
    BackendError: typeof BackendError;
    PipeError: typeof PipeError;
    CodecError: typeof CodecError;
    StartupError: typeof StartupError;
  }>;
}
