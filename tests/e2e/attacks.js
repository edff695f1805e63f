// Posts bodies that WebKitGTK cannot read for the host, on every road, from every realm.
// Arguments: addresses, whether workers are tried. Gives [what, outcome] pairs.
const [addresses, withWorkers] = arguments;
const timeout = () => new Promise(resolve => setTimeout(resolve, 300, "silence"));
const end = promise => Promise.race([timeout(), promise.then(String, error => error.name)]);

const bodies = {
  blob: realm => new realm.Blob(["x"]),
  file: realm => new realm.File(["x"], "x.txt"),
  form: realm => {
    const form = new realm.FormData();
    form.append("file", new realm.File(["x"], "x.txt"));
    return form;
  },
};

const roads = {
  fetch: (realm, address, body) => realm.fetch(address, { method: "POST", body }).then(it => it.status),
  request: (realm, address, body) =>
    realm.fetch(new realm.Request(address, { method: "PUT", body }).clone()).then(it => it.status),
  xhr: (realm, address, body) =>
    new Promise(resolve => {
      const request = new realm.XMLHttpRequest();
      request.open("POST", address);
      request.onloadend = () => resolve(request.status);
      request.send(body);
    }),
  beacon: async (realm, address, body) => realm.navigator.sendBeacon(address, body),
};

const frame = async (prepare, wait) => {
  const element = document.createElement("iframe");
  prepare(element);
  const loaded = new Promise(resolve => (element.onload = element.onerror = resolve));
  document.body.append(element);
  if (wait) await Promise.race([loaded, timeout()]);
  return element.contentWindow;
};
const realms = {
  top: async () => window,
  // Before any script that a host could put there.
  "new frame": () => frame(() => {}, false),
  "about:blank": () => frame(it => (it.src = "about:blank"), true),
  srcdoc: () => frame(it => (it.srcdoc = "<p>inside"), true),
};

const outcomes = [];
for (const [place, open] of Object.entries(realms))
  for (const address of addresses)
    for (const [kind, make] of Object.entries(bodies))
      for (const [road, post] of Object.entries(roads)) {
        const realm = await open();
        // A frame that the policy refuses is no realm to speak from.
        const outcome = realm.Blob
          ? await end((async () => post(realm, address, make(realm)))())
          : "no realm";
        outcomes.push([`${place} ${address} ${kind} ${road}`, outcome]);
        for (const element of document.querySelectorAll("iframe")) element.remove();
      }

for (const address of withWorkers ? addresses : []) {
  const target = new URL(address, location).href;
  const code = `const body = new Blob(['x']);
    fetch('${target}', { method: 'POST', body }).then(it => it.status, error => error.name)
      .then(postMessage);`;
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  const answer = new Promise(resolve => (worker.onmessage = event => resolve(event.data)));
  outcomes.push([`worker ${address} blob fetch`, await end(answer)]);
}

for (const address of addresses) {
  // Into a frame, so that this page stays.
  const target = document.createElement("iframe");
  target.name = "target";
  const loaded = new Promise(resolve => (target.onload = resolve));
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: address, enctype: "multipart/form-data", target: "target" });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "file" });
  const files = new DataTransfer();
  files.items.add(new File(["x"], "x.txt"));
  input.files = files.files;
  form.append(input);
  document.body.append(target, form);
  await Promise.race([loaded, timeout()]);
  const answered = new Promise(resolve => (target.onload = () => resolve("answered")));
  form.submit();
  outcomes.push([`form ${address}`, await Promise.race([answered, timeout()])]);
  form.remove();
  target.remove();
}
return outcomes;
