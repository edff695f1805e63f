// What a page shows whose half does not fit the backend: every interface, both versions, and what
// to rebuild. Built from elements and styled through their objects, since a content security
// policy that allows no styles inside the page lets these pass.

const element = (name, style = {}, ...children) => {
  const made = document.createElement(name);
  Object.assign(made.style, style);
  made.append(...children);
  return made;
};

const CELL = { padding: "0.3em 1em 0.3em 0", textAlign: "left" };

const build = (half) =>
  half === null ? "no handler" : `${half.version} ${half.fingerprint ?? "no contract"}`;

const row = (verdict) => {
  const body = element("tbody");
  body.dataset.channel = verdict.channel;
  body.dataset.fits = String(verdict.fits);
  const cells = [verdict.channel, build(verdict.frontend), build(verdict.backend)];
  const mark = verdict.fits ? "✓ fits" : "✗ differs";
  body.append(element("tr", {}, ...[...cells, mark].map((text) => element("td", CELL, text))));
  if (verdict.advice !== undefined) {
    const advice = element("td", { paddingBottom: "1em" }, `${verdict.advice}.`);
    advice.colSpan = 4;
    body.append(element("tr", {}, advice));
  }
  return body;
};

export const showMismatch = (verdicts) => {
  const unfit = verdicts.filter((verdict) => !verdict.fits).length;
  const head = ["Interface", "This page", "Backend", "Verdict"];
  const dialog = element(
    "dialog",
    { font: "1rem/1.5 system-ui, sans-serif", maxWidth: "56rem", padding: "1.5rem" },
    element("h1", { font: "600 1.4rem system-ui, sans-serif", margin: "0" }, "The two halves do not fit"),
    element(
      "p",
      {},
      `${unfit} of ${verdicts.length} ${verdicts.length === 1 ? "interface" : "interfaces"} ` +
        "differ between this page and the backend. Nothing is lost: rebuild what the table says, " +
        "then reload.",
    ),
    element(
      "table",
      { borderCollapse: "collapse" },
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", CELL, text)))),
      ...verdicts.map(row),
    ),
  );
  const reload = element("button", { marginTop: "1em" }, "Reload");
  reload.type = "button";
  reload.addEventListener("click", () => location.reload());
  dialog.append(reload);
  dialog.id = "verdicts";
  dialog.dataset.mismatch = "true";
  const show = () => {
    document.body.append(dialog);
    dialog.showModal();
  };
  if (document.body === null) addEventListener("DOMContentLoaded", show, { once: true });
  else show();
  return dialog;
};
