//! The manners of the page: contrast, names for screen readers, visible focus, large text, stillness.

use serde_json::{Value, json};
use twinbridge_window_driver::{Window, eventually, key};

use crate::{explorer::Explorer, explorer::twinbridge, plain::test_host};

/// Makes the desktop dark.
const DARK: (&str, &str) = ("GTK_THEME", "Adwaita:dark");

/// What of the page is looked at.
const LINKS: [&str; 6] = [
    "#/files",
    "#/bench",
    "#/ipc/forms",
    "#/ipc/forms/enums",
    "#/ipc/forms/fail",
    "#/ipc/host/statistics",
];

/// Texts in sight whose contrast is below what WCAG asks for at level AA.
const POOR_CONTRAST: &str = r"
    const channels = text => text.match(/[\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], under) => [r, g, b].map((c, at) => c * a + under[at] * (1 - a));
    const luminance = colour => {
        const [r, g, b] = colour.map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const background = element => {
        const chain = [];
        for (let at = element; at; at = at.parentElement) chain.unshift(getComputedStyle(at).backgroundColor);
        return chain.reduce((under, text) => over(channels(text), under), [255, 255, 255]);
    };
    const poor = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let looked = 0;
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
        if (element.closest('script, style, option, :disabled, .probe, .rows-probe, noscript')) continue;
        looked += 1;
        const style = getComputedStyle(element);
        const under = background(element);
        const [light, dark] = [luminance(over(channels(style.color), under)), luminance(under)].sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
        const wanted = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
        if (ratio < wanted) poor.push(`${ratio.toFixed(2)} ${style.color} on ${under}: ${walker.currentNode.data.trim().slice(0, 40)}`);
    }
    return looked < 10 ? ['nothing is in sight'] : poor";

/// Controls in sight that a screen reader has no name for.
const NAMELESS: &str = r"
    const name = element => {
        const by = element.getAttribute('aria-labelledby');
        if (by) return by.split(' ').map(id => document.getElementById(id)?.textContent ?? '').join('');
        return element.getAttribute('aria-label')
            ?? ([...(element.labels ?? [])].map(label => label.textContent).join('')
                || (element.matches('button, a, summary, pre') ? element.textContent : element.title));
    };
    const controls = 'a[href], button, input, select, textarea, summary, dialog, nav, progress, '
        + '[role=region], [role=group], [role=search], [tabindex]';
    return [...document.querySelectorAll(controls)]
        .filter(element => element.checkVisibility() && element.getAttribute('tabindex') !== '-1')
        .filter(element => !name(element)?.trim())
        .map(element => element.outerHTML.slice(0, 120))";

/// Parts that are wider than there is room for them.
const WIDE: &str =
    "return [...document.querySelectorAll('html, body, .content, .side, .live, .status')]
    .filter(part => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1)
    .filter(part => !['hidden', 'clip'].includes(getComputedStyle(part).overflowX))
    .map(part => part.className || part.tagName)";

fn nothing(window: &Window, script: &str, what: &str) {
    let mut last = Value::Null;
    let start = std::time::Instant::now();
    // What was just asked for may not be there yet.
    while start.elapsed() < std::time::Duration::from_secs(5) {
        last = window.script(script, &json!([]));
        if last == json!([]) {
            return;
        }
    }
    panic!("{what}: {last:#}");
}

fn go(explorer: &Explorer, link: &str) {
    explorer
        .window
        .script("location.hash = arguments[0]", &json!([link]));
    let link = link.to_owned();
    eventually(&link, || {
        let shown = "return document.querySelector('.content > :not([hidden])') !== null
            && !document.body.textContent.includes('Asking the backend')";
        (explorer.window.script(shown, &json!([])) == true).then_some(())
    });
}

fn is_dark(explorer: &Explorer) -> bool {
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    explorer.window.script(dark, &json!([])) == true
}

/// Looks at every part of the page, and at what stands there after calls and searches.
fn look_everywhere(is_wanted_dark: bool, look: impl Fn(&Explorer, &str)) {
    let with_scheme = |start: twinbridge_window_driver::Start| match is_wanted_dark {
        true => start.env(DARK.0, DARK.1),
        false => start,
    };
    let explorer = Explorer::start(with_scheme(test_host()));
    assert_eq!(is_dark(&explorer), is_wanted_dark);
    for link in LINKS {
        go(&explorer, link);
        look(&explorer, link);
    }
    // An error, and a reply.
    for (link, state) in [
        ("#/ipc/forms/fail", "application"),
        ("#/ipc/host/statistics", "ok"),
    ] {
        go(&explorer, link);
        eventually("the button", || explorer.data("#reply", "state"));
        explorer.window.click("#call");
        eventually(state, || {
            (explorer.data("#reply", "state")? == state).then_some(())
        });
        look(&explorer, &format!("{link}, called"));
    }
    eventually("a row", || {
        let row = "return document.querySelector('#live-rows .entry') !== null";
        (explorer.window.script(row, &json!([])) == true).then_some(())
    });
    explorer.window.click("#live-rows .entry");
    look(&explorer, "details of a call");
    drop(explorer);

    let mismatch = test_host().arg("--files").arg("older");
    let explorer = Explorer::start(with_scheme(mismatch));
    look(&explorer, "the mismatch screen");
    drop(explorer);

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let explorer = Explorer::start(with_scheme(twinbridge().arg(file)));
    explorer.window.type_into("#file-find", "the\n");
    eventually("what is found", || {
        (explorer.data("#file-search", "stage")? == "done").then_some(())
    });
    look(&explorer, "a search");
    explorer.window.click("#file-find-regex");
    explorer.window.type_into("#file-find", "(\n");
    eventually("the refusal", || explorer.data("#file-find-error", "layer"));
    explorer.open_path("/nowhere");
    eventually("the error", || explorer.data("#file-error", "layer"));
    look(&explorer, "errors of files");
}

#[test]
fn text_has_the_contrast_of_level_aa_in_a_light_and_in_a_dark_desktop() {
    for is_dark in [false, true] {
        look_everywhere(is_dark, |explorer, place| {
            nothing(&explorer.window, POOR_CONTRAST, place);
        });
    }
}

#[test]
fn every_control_has_a_name_for_screen_readers() {
    look_everywhere(false, |explorer, place| {
        nothing(&explorer.window, NAMELESS, place);
    });
}

#[test]
fn text_of_twice_the_size_needs_no_scrolling_sideways() {
    look_everywhere(false, |explorer, place| {
        let window = &explorer.window;
        for (width, height, size) in [(1280, 800, "200%"), (1000, 700, "200%"), (1000, 700, "")] {
            window.resize(width, height);
            let scale = "document.documentElement.style.fontSize = arguments[0]";
            window.script(scale, &json!([size]));
            nothing(window, WIDE, &format!("{place} at {width}x{height} {size}"));
        }
    });
}

#[test]
fn the_focus_is_seen_wherever_tab_leads() {
    let explorer = Explorer::open_with(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..40 {
        explorer.window.press(&key::TAB.to_string());
        let look = "const element = document.activeElement;
            const style = getComputedStyle(element.closest('.file') ?? element);
            const { bottom, top } = element.getBoundingClientRect();
            const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                && bottom > 0 && top < innerHeight;
            return [element.id || element.textContent.slice(0, 30) || element.tagName, seen]";
        let focus = explorer.window.script(look, &json!([]));
        if focus[0] == "BODY" {
            continue;
        }
        assert_eq!(focus[1], true, "{focus}");
        seen.insert(focus[0].as_str().unwrap().to_owned());
    }
    for control in [
        "file-path",
        "file-open",
        "file-choose",
        "file-find",
        "file-follow",
        "Bench",
    ] {
        assert!(seen.contains(control), "{control} is not among {seen:?}");
    }
}

#[test]
fn nothing_moves_by_itself() {
    let explorer = Explorer::start(test_host());
    for link in LINKS {
        go(&explorer, link);
        let moving = "return [...document.querySelectorAll('*')].filter(element => {
                const style = getComputedStyle(element);
                return style.animationName !== 'none'
                    || style.transitionDuration.split(', ').some(time => parseFloat(time) > 0);
            }).map(element => element.outerHTML.slice(0, 80))";
        nothing(&explorer.window, moving, link);
    }
}

/// Rules of the page's style sheets that would make something move, and stand in no condition that
/// asks whether the user likes that.
const UNGUARDED: &str = r"
    const moves = rule => {
        if (rule instanceof CSSKeyframesRule) return true;
        const style = rule.style;
        if (!style) return false;
        const is = (name, still) => {
            const value = style.getPropertyValue(name).trim();
            return value !== '' && !still.includes(value);
        };
        return is('transition-property', ['none']) || is('transition-duration', ['0s'])
            || is('animation-name', ['none']) || is('animation-duration', ['0s', 'auto'])
            || is('scroll-behavior', ['auto']) || is('view-transition-name', ['none']);
    };
    const found = [];
    let looked = 0;
    const walk = (rules, isGuarded) => {
        for (const rule of rules) {
            looked += 1;
            if (!isGuarded && moves(rule)) found.push(rule.cssText.slice(0, 120));
            const asks = rule.conditionText?.includes('prefers-reduced-motion') ?? false;
            if (rule.cssRules) walk(rule.cssRules, isGuarded || asks);
        }
    };
    const sheets = new Set([...document.styleSheets, ...document.adoptedStyleSheets]);
    for (const sheet of sheets) walk(sheet.cssRules, false);
    return looked < 100 ? ['there are no rules to look at'] : found";

#[test]
fn nothing_moves_for_those_who_want_stillness_and_no_rule_forgets_to_ask() {
    // As GTK tells its webview.
    let still = tempfile::TempDir::new().unwrap();
    let settings = still.path().join("gtk-3.0");
    std::fs::create_dir_all(&settings).unwrap();
    let text = "[Settings]\ngtk-enable-animations=0\n";
    std::fs::write(settings.join("settings.ini"), text).unwrap();
    for is_still in [false, true] {
        let start = match is_still {
            true => test_host().env("XDG_CONFIG_HOME", still.path()),
            false => test_host(),
        };
        let explorer = Explorer::start(start);
        let window = &explorer.window;
        let asks = "return matchMedia('(prefers-reduced-motion: reduce)').matches";
        assert_eq!(window.script(asks, &json!([])), is_still);
        nothing(window, UNGUARDED, "rules that move something unasked");
        // Whoever adds one that is forgotten is found out: by the look above, and by what is there.
        let add = "const sheet = new CSSStyleSheet();
            sheet.replaceSync(`@keyframes turn { to { rotate: 1turn } }
                .dot, .dot::before { content: ''; animation: turn 1s infinite; transition: all 1s }`);
            document.adoptedStyleSheets = [sheet];
            const of = part => {
                const style = getComputedStyle(document.querySelector('.dot'), part);
                return [style.animationName, parseFloat(style.transitionDuration) > 0];
            };
            return [of(null), of('::before')]";
        let moving = match is_still {
            true => json!(["none", false]),
            false => json!(["turn", true]),
        };
        let of = window.script(add, &json!([]));
        assert_eq!(of, json!([moving, moving]), "still: {is_still}");
        let found = window.script(UNGUARDED, &json!([]));
        assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    }
}

#[test]
fn the_page_is_painted_before_the_handshake_ends_and_its_parts_stay_where_they_are() {
    let explorer = Explorer::open();
    let times = "const greeted = performance.getEntriesByName('greeted')[0]?.startTime;
        const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
        return [painted, greeted]";
    let times = explorer.window.script(times, &json!([]));
    let time = |at: usize| times[at].as_f64().unwrap_or_else(|| panic!("{times}"));
    assert!(time(0) <= time(1), "{times}");
    let places = "return ['.status', '.side', '.content', '.live'].map(part => {
        const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
        return [part, x, y, width, height] })";
    let after = explorer.window.script(places, &json!([]));
    // What is painted first is in the file.
    let put_back = "const text = await (await fetch('/index.html')).text();
        const first = new DOMParser().parseFromString(text, 'text/html');
        document.querySelector('#app').replaceWith(first.querySelector('#app'));
        return true";
    assert_eq!(explorer.window.script_async(put_back, &json!([])), true);
    assert_eq!(explorer.window.script(places, &json!([])), after);
}

#[test]
fn links_survive_a_reload() {
    let explorer = Explorer::open();
    for (link, shown) in [
        ("#/bench", "#bench"),
        ("#/ipc/storage", "#interface[data-shown='storage']"),
        ("#/ipc/storage/get", "#method[data-shown='storage/get']"),
        ("#/rpc/DevToolsRpcInterface", "#interface[data-shown]"),
        ("#/files", ".files:not([hidden])"),
    ] {
        explorer
            .window
            .script("location.hash = arguments[0]", &json!([link]));
        explorer.reload();
        eventually(link, || {
            let found = "return document.querySelector(arguments[0]) !== null";
            (explorer.window.script(found, &json!([shown])) == true).then_some(())
        });
    }
}
