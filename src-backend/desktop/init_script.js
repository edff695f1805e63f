// A function of the page's origins, the bridge's address, its key, and the names and addresses of
// remote services. It runs before any script of the page and takes from the globals what it needs,
// since a page can replace all of them.
//
// The address must stay unknown to the page: what can post there could post a Blob, which
// WebKitGTK up to 2.50 crashes on. So no object that knows the address, the response above all,
// passes through anything that the page can have put its hands on.
(origins, url, key, services) => {
  "use strict";
  if (!origins.includes(location.origin) || Object.hasOwn(window, "__TWINBRIDGE__")) return;
  const { Error, Event, Uint8Array } = window;
  const { apply, defineProperty } = Reflect;
  const { then } = Promise.prototype;
  const { arrayBuffer, text } = Response.prototype;
  const getter = (owner, name) => Object.getOwnPropertyDescriptor(owner, name).get;
  const isOk = getter(Response.prototype, "ok");
  const status = getter(Response.prototype, "status");
  // Throws where it is asked of anything but a typed array.
  const byteLength = getter(Object.getPrototypeOf(Uint8Array.prototype), "byteLength");
  const blockedURI = getter(SecurityPolicyViolationEvent.prototype, "blockedURI");
  const { stopImmediatePropagation } = Event.prototype;
  const dispatch = window.dispatchEvent.bind(window);
  const post = window.fetch.bind(window);

  // A page that means well has a few posts open, of some megabytes together.
  const MAX_OPEN = 64;
  const MAX_BYTES = 64 * 1024 * 1024;
  // Where a batch holds the random number that its page load goes by.
  const PAGE = 18;
  const HEADER = 50;

  let open = 0;
  let bytes = 0;
  let page = null;

  // `then` looks for a promise's constructor, which the page can replace for all promises.
  const after = (promise, resolved, rejected) => {
    defineProperty(promise, "constructor", { __proto__: null, value: undefined });
    return apply(then, promise, [resolved, rejected]);
  };

  // A page that forbids its own posts is told of the address that was blocked, unless the first
  // listener of all hears of it and keeps it.
  const VIOLATION = "securitypolicyviolation";
  const probe = new Event(VIOLATION);
  let isWatching = false;
  const watch = (event) => {
    if (event === probe) isWatching = true;
    // Throws for an event of the page's own making, which is nothing to keep.
    else if (apply(blockedURI, event, []) !== url) return;
    apply(stopImmediatePropagation, event, []);
  };
  window.addEventListener(VIOLATION, watch, true);
  delete window.ReportingObserver;
  // `document.open()` takes all listeners away, so they are asked before each post.
  const mayPost = () => {
    isWatching = false;
    dispatch(probe);
    return isWatching;
  };

  // A second client in this page would end the session of the first.
  const isOther = (batch) => {
    if (page === null) {
      page = new Uint8Array(16);
      for (let at = 0; at < 16; at++) page[at] = batch[PAGE + at];
    }
    for (let at = 0; at < 16; at++) if (page[at] !== batch[PAGE + at]) return true;
    return false;
  };

  const exchange = (body) => {
    const length = apply(byteLength, body, []);
    if (open >= MAX_OPEN || bytes + length > MAX_BYTES) throw new Error("too many posts are open");
    // A copy, so that it is bytes whatever kind of array the page gave.
    const batch = new Uint8Array(body);
    if (length >= HEADER && isOther(batch)) throw new Error("this page has a session already");
    if (!mayPost()) throw new Error("the page was written over");
    const options = { __proto__: null, method: "POST", body: batch, cache: "no-store", credentials: "omit" };
    const answer = post(url, options);
    open += 1;
    bytes += length;
    const close = () => {
      open -= 1;
      bytes -= length;
    };
    return after(
      answer,
      (response) => {
        close();
        if (apply(isOk, response, [])) return apply(arrayBuffer, response, []);
        const number = apply(status, response, []);
        return after(apply(text, response, []), (why) => {
          throw new Error(`${number} ${why}`);
        });
      },
      () => {
        close();
        throw new Error("the host gave no answer");
      },
    );
  };

  // Reads the list by its own elements: the page can replace what arrays have in common.
  const service = (name) => {
    for (let at = 0; at < services.length; at++) if (services[at][0] === name) return services[at][1];
    return undefined;
  };

  defineProperty(window, "__TWINBRIDGE__", {
    value: Object.freeze({ __proto__: null, key, exchange, service }),
  });
}
