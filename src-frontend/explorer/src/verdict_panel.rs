//! The verdicts of the handshake, one row per interface that this page declares.
//!
//! Where all fit it opens from the status bar. Where one does not it stands over everything else
//! from the start, and says which half to rebuild: the most useful sentence the page can show.

use leptos::{html::Dialog, prelude::*};
use twinbridge_common::wire::{Build, Verdict};

use crate::{connection::Connection, dom, format};

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
            <h1 id="verdicts-title">
                {move || match connection.is_mismatched() {
                    true => "The two halves do not fit",
                    false => "The two halves fit",
                }}
            </h1>
            <p>{move || lead(&connection.verdicts.read())}</p>
            <div class="table-frame">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Interface"</th>
                            <th scope="col">"This page"</th>
                            <th scope="col">"Backend"</th>
                            <th scope="col">"Verdict"</th>
                        </tr>
                    </thead>
                    {move || connection.verdicts.read().iter().map(rows).collect_view()}
                </table>
            </div>
            <div class="actions">
                <button
                    type="button"
                    class=move || if connection.is_mismatched() { "primary" } else { "gone" }
                    on:click=|_| dom::reload()
                >
                    "Reload"
                </button>
                <button type="button" id="verdicts-close" on:click=move |_| panel.close()>
                    {move || match connection.is_mismatched() {
                        true => "Continue with what fits",
                        false => "Close",
                    }}
                </button>
            </div>
        </dialog>
    }
}

/// What it means, in one or two sentences.
fn lead(verdicts: &[Verdict]) -> String {
    let all = verdicts.len() as u64;
    let unfit = verdicts.iter().filter(|verdict| !verdict.fits).count() as u64;
    match unfit {
        0 => format!(
            "{} of this page {} the same version and the same signatures in the backend.",
            format::counted(all, "interface", "interfaces"),
            if all == 1 { "has" } else { "have" },
        ),
        _ => format!(
            "{} of {} differ between this page and the backend, so calls on {} are refused. \
             Nothing is lost: rebuild what the table says, then reload.",
            format::count(unfit),
            format::counted(all, "interface", "interfaces"),
            if unfit == 1 { "it" } else { "them" },
        ),
    }
}

fn rows(verdict: &Verdict) -> AnyView {
    let channel = verdict.channel.to_string();
    let mark = if verdict.fits {
        "✓ fits"
    } else {
        "✗ differs"
    };
    let advice = verdict.advice().map(|advice| {
        // The row says the channel already.
        let advice = advice
            .strip_prefix(&format!("`{channel}`: "))
            .unwrap_or(&advice)
            .to_owned();
        view! { <tr class="advice"><td colspan="4">{advice}"."</td></tr> }
    });
    let name = channel.clone();
    view! {
        <tbody data-channel=channel data-fits=verdict.fits.to_string()>
            <tr>
                <th scope="row">{name}</th>
                <td>{build(&verdict.frontend)}</td>
                <td>
                    {match &verdict.backend {
                        Some(backend) => build(backend),
                        None => view! { <span class="muted">"no handler"</span> }.into_any(),
                    }}
                </td>
                <td class="verdict">{mark}</td>
            </tr>
            {advice}
        </tbody>
    }
    .into_any()
}

fn build(build: &Build) -> AnyView {
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
