// A function of what does not compile, or null. The page below stays as it is and can be used; the
// styles are set one by one, since a page's policy may forbid style elements.
(text) => {
  "use strict";
  const ID = "twinbridge-development";
  document.getElementById(ID)?.remove();
  if (text === null) return;
  const element = (name, style, ...content) => {
    const made = document.createElement(name);
    Object.assign(made.style, style);
    made.append(...content);
    return made;
  };
  const close = element(
    "button",
    { font: "inherit", color: "inherit", background: "none", border: "1px solid", borderRadius: "4px", padding: "2px 8px", cursor: "pointer" },
    "Hide",
  );
  const head = element(
    "div",
    { display: "flex", justifyContent: "space-between", alignItems: "center", gap: "16px", marginBottom: "8px", font: "600 14px system-ui, sans-serif" },
    "This does not compile; the page is the one before it",
    close,
  );
  const words = element(
    "pre",
    { margin: "0", overflow: "auto", font: "12px/1.5 ui-monospace, monospace", whiteSpace: "pre", color: "inherit", background: "none" },
    text,
  );
  words.tabIndex = 0;
  const panel = element(
    "section",
    { position: "fixed", inset: "auto 0 0 0", maxHeight: "50%", boxSizing: "border-box", display: "flex", flexDirection: "column", padding: "12px 16px", color: "#ffdad6", background: "#2b1210", borderTop: "2px solid #ff8a80", zIndex: "2147483647" },
    head,
    words,
  );
  panel.id = ID;
  panel.setAttribute("role", "alert");
  close.addEventListener("click", () => panel.remove());
  // Not in the body, which a page may write anew.
  document.documentElement.append(panel);
}
