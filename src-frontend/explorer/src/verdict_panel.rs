//! The verdicts of the handshake, one row per interface that this page declares.
//!
//! Where all fit it opens from the status bar. Where one does not it stands over everything else
//! from the start, and says which half to rebuild: the most useful sentence the page can show.

use leptos::{html::Dialog, prelude::*};
use twinbridge_common::{
    ipc::Half,
    wire::{Build, Verdict},
};
use twinbridge_frontend::spawn;

use crate::{connection::Connection, dom, format};

/// What builds both halves of the app.
const COMMAND: &str = "cargo xtask run";

/// The panel, to open it from elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel(NodeRef<Dialog>);

impl Panel {
    /// One that no view shows so far.
    pub(crate) fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Shows it over everything else; the rest of the page does not answer until it is closed.
    pub(crate) fn open(self) {
        if let Some(dialog) = self.0.get_untracked()
            && !dialog.open()
        {
            // Refused only for an element outside the document.
            let _ = dialog.show_modal();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.0.get_untracked() {
            dialog.close();
        }
    }
}

pub(crate) fn verdict_panel(connection: Connection, panel: Panel) -> impl IntoView {
    Effect::new(move || {
        if connection.is_mismatched() {
            panel.open();
        }
    });
    view! {
        <dialog
            id="verdicts"
            node_ref=panel.0
            aria-labelledby="verdicts-title"
            data-mismatch=move || connection.is_mismatched().to_string()
        >
            {move || lead(&connection.verdicts.read())}
            <ul class="verdict-list">
                {move || {
                    let verdicts = connection.verdicts.read();
                    // What is to be done comes first.
                    let (fit, unfit): (Vec<_>, Vec<_>) = verdicts.iter().partition(|one| one.fits);
                    unfit.into_iter().chain(fit).map(card).collect_view()
                }}
            </ul>
            <div class="actions">
                <button type="button" id="verdicts-close" autofocus on:click=move |_| panel.close()>
                    {move || match connection.is_mismatched() {
                        true => "Continue with what fits",
                        false => "Close",
                    }}
                </button>
                <button
                    type="button"
                    class=move || if connection.is_mismatched() { "primary" } else { "gone" }
                    on:click=|_| dom::reload()
                >
                    "Reload"
                </button>
            </div>
        </dialog>
    }
}

/// The two halves as they stand, what that means, and what to do.
fn lead(verdicts: &[Verdict]) -> AnyView {
    let rebuild = rebuild(verdicts);
    let half = |name: &'static str, is_it: Half| {
        let is_due = rebuild == Some(is_it) || rebuild == Some(Half::Both);
        view! {
            <div class="half" data-due=is_due.to_string()>
                <strong>{name}</strong>
                <span>{if is_due { "rebuild this" } else { "as it is" }}</span>
            </div>
        }
    };
    let (title, sign) = match rebuild {
        Some(_) => ("The two halves do not fit", "✗"),
        None => ("The two halves fit", "✓"),
    };
    let command = rebuild.map(|_| {
        view! {
            <p class="command">
                <code>{COMMAND}</code>
                <button
                    type="button"
                    class="small"
                    on:click=|_| spawn(async {
                        // Where nothing can be copied the words stand there still.
                        let _ = dom::copy(COMMAND).await;
                    })
                >
                    "Copy"
                </button>
                <span class="muted">"builds both halves and opens the window."</span>
            </p>
        }
    });
    view! {
        <header class="verdict-head">
            <h1 id="verdicts-title">{title}</h1>
            <div class="halves" aria-hidden="true">
                {half("This page", Half::Frontend)}
                <span class="sign">{sign}</span>
                {half("Backend", Half::Backend)}
            </div>
        </header>
        <p class="lead">{meaning(verdicts, rebuild)}</p>
        {command}
    }
    .into_any()
}

/// What is to be rebuilt for all of them to fit; `None` if nothing is.
fn rebuild(verdicts: &[Verdict]) -> Option<Half> {
    let halves = verdicts.iter().filter_map(Verdict::to_rebuild);
    halves.reduce(|one, other| if one == other { one } else { Half::Both })
}

/// What it means, in a few sentences.
fn meaning(verdicts: &[Verdict], rebuild: Option<Half>) -> String {
    let all = verdicts.len() as u64;
    let unfit = verdicts.iter().filter(|verdict| !verdict.fits).count() as u64;
    let what = match rebuild {
        None => {
            return format!(
                "{} of this page {} the same version and the same signatures in the backend.",
                format::counted(all, "interface", "interfaces"),
                if all == 1 { "has" } else { "have" },
            );
        }
        Some(Half::Frontend) => "Rebuild the page",
        Some(Half::Backend) => "Rebuild the backend",
        Some(Half::Both) => "Rebuild both halves",
    };
    format!(
        "{} of {} {} not the same in this page and in the backend, so calls on {} are refused \
         before they are read. Nothing is lost. {what}, then reload.",
        format::count(unfit),
        format::counted(all, "interface", "interfaces"),
        if unfit == 1 { "is" } else { "are" },
        if unfit == 1 { "it" } else { "them" },
    )
}

fn card(verdict: &Verdict) -> AnyView {
    let channel = verdict.channel.to_string();
    let mark = match (verdict.fits, &verdict.backend) {
        (true, _) => "✓ fits",
        (false, Some(_)) => "✗ differs",
        (false, None) => "✗ not in the backend",
    };
    let advice = verdict.advice().map(|advice| {
        // The card says the channel and the versions already.
        let advice = advice.rsplit_once("; ").map_or(&*advice, |(_, what)| what);
        let mut letters = advice.chars();
        let first = letters.next().map(|letter| letter.to_uppercase());
        let first = first.into_iter().flatten().collect::<String>();
        view! { <p class="advice">{first}{letters.as_str().to_owned()}"."</p> }
    });
    let due = verdict.to_rebuild();
    let side = |name: &'static str, half: Half, build: Option<&Build>| {
        let is_due = due == Some(half) || due == Some(Half::Both);
        view! {
            <dt>{name}</dt>
            <dd data-due=is_due.to_string()>{build_view(build)}</dd>
        }
    };
    let name = channel.clone();
    view! {
        <li data-channel=channel data-fits=verdict.fits.to_string()>
            <h2>{name}<span class="verdict">{mark}</span></h2>
            <dl>
                {side("page", Half::Frontend, Some(&verdict.frontend))}
                {side("backend", Half::Backend, verdict.backend.as_ref())}
            </dl>
            {advice}
        </li>
    }
    .into_any()
}

fn build_view(build: Option<&Build>) -> AnyView {
    let Some(build) = build else {
        return view! { <span class="muted">"no handler is registered"</span> }.into_any();
    };
    let fingerprint = match build.fingerprint {
        Some(fingerprint) => fingerprint.to_string(),
        None => "no contract".to_owned(),
    };
    view! {
        <span class="version">{build.version.clone()}</span>
        " "
        <code class="fingerprint">{fingerprint}</code>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use twinbridge_common::wire::ChannelName;

    use super::*;

    fn verdict(backend: Option<&str>) -> Verdict {
        let build = |version: &str| Build {
            version: version.into(),
            fingerprint: None,
        };
        Verdict {
            channel: ChannelName::literal("notes"),
            frontend: build("1.1.0"),
            backend: backend.map(build),
            fits: backend == Some("1.1.0"),
        }
    }

    #[test]
    fn what_is_to_be_rebuilt_is_what_makes_all_of_them_fit() {
        let of = |backends: &[Option<&str>]| {
            let verdicts: Vec<_> = backends.iter().map(|backend| verdict(*backend)).collect();
            rebuild(&verdicts)
        };
        assert_eq!(of(&[Some("1.1.0")]), None);
        assert_eq!(of(&[Some("1.1.0"), None]), Some(Half::Backend));
        assert_eq!(of(&[Some("1.0.0"), None]), Some(Half::Backend));
        assert_eq!(of(&[Some("1.2.0")]), Some(Half::Frontend));
        assert_eq!(of(&[Some("1.2.0"), Some("1.0.0")]), Some(Half::Both));
    }

    #[test]
    fn the_meaning_counts_and_says_what_to_do() {
        let verdicts = [verdict(Some("1.1.0")), verdict(None)];
        assert_eq!(
            meaning(&verdicts, rebuild(&verdicts)),
            "1 of 2 interfaces is not the same in this page and in the backend, so calls on it \
             are refused before they are read. Nothing is lost. Rebuild the backend, then reload."
        );
    }
}
