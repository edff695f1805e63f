//! A recording in place of what happens: chosen from the disk, or dropped on the panel.

use leptos::prelude::*;
use twinbridge_common::{
    CallError, FrontendIpc,
    interfaces::recordings::{RecordingError, RecordingsClient},
    recording::Recording,
};
use twinbridge_frontend::spawn;
use web_sys::HtmlInputElement;

use super::{Recorder, others::of_recording};
use crate::{
    dom, format,
    problem::{Problem, problem_view},
};

/// The recording that is open. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Opened {
    recorder: StoredValue<Recorder>,
    /// Its name, and what there is to say of it.
    pub(super) about: RwSignal<Option<About>>,
    problem: RwSignal<Option<Problem>>,
}

/// What there is to say of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    name: String,
    facts: String,
    cut: Option<String>,
}

impl Opened {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self {
            recorder: StoredValue::new(recorder),
            about: RwSignal::default(),
            problem: RwSignal::default(),
        }
    }

    /// Shows a recording, or says why not.
    pub(crate) fn open(self, name: String, bytes: &[u8]) {
        match Recording::parse(bytes) {
            Ok(recording) => {
                let facts = format!(
                    "{}; {}",
                    recording.header,
                    format::counted(recording.happenings.len() as u64, "happening", "happenings")
                );
                let cut = recording.cut.as_ref();
                let cut = cut.map(|cut| format!("It was cut short: {cut}."));
                self.problem.set(None);
                self.about.set(Some(About { name, facts, cut }));
                let record = of_recording(recording);
                self.recorder
                    .with_value(|recorder| recorder.show(Some(record)));
            }
            Err(bad) => self.problem.set(Some(Problem {
                layer: "codec",
                fact: format!("`{name}` cannot be shown: {bad}."),
                remedy: "Choose a file that `--record FILE` wrote.",
            })),
        }
    }

    /// Shows what happens again.
    fn close(self) {
        self.about.set(None);
        self.problem.set(None);
        self.recorder.with_value(|recorder| recorder.show(None));
    }

    /// Shows a recording of the backend's disk.
    pub(crate) async fn read(self, ipc: FrontendIpc, path: String) {
        if let Err(problem) = self.read_all(&ipc, &path).await {
            self.problem.set(Some(problem));
        }
    }

    async fn read_all(self, ipc: &FrontendIpc, path: &str) -> Result<(), Problem> {
        let client: RecordingsClient = ipc.client().map_err(|error| Problem::from(&error))?;
        let said = |error: CallError<RecordingError>| Problem {
            layer: "application",
            fact: format!("{error}."),
            remedy: "Choose a file that `--record FILE` wrote.",
        };
        let mut pieces = client.read(path.to_owned()).await.map_err(said)?;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(said)?);
        }
        self.open(path.to_owned(), &bytes);
        Ok(())
    }

    fn open_chosen(self, input: HtmlInputElement) {
        spawn(async move {
            if let Some((name, bytes)) = dom::chosen_file(&input).await {
                // The same file can be chosen again.
                input.set_value("");
                self.open(name, &bytes);
            }
        });
    }

    /// Takes the file that was dropped.
    pub(super) fn open_dropped(self, event: &web_sys::DragEvent) {
        event.prevent_default();
        if let Some(transfer) = event.data_transfer() {
            spawn(async move {
                if let Some((name, bytes)) = dom::dropped_file(transfer).await {
                    self.open(name, &bytes);
                }
            });
        }
    }
}

/// The button that chooses a recording.
pub(super) fn open_button(opened: Opened) -> impl IntoView {
    view! {
        <button
            type="button"
            class="small"
            id="live-open"
            title="Show a recording in place of what happens"
            on:click=|_| dom::click("live-file")
        >
            "Open…"
        </button>
        <input
            type="file"
            id="live-file"
            hidden=true
            accept=".recording,.jsonl,application/json"
            aria-label="Recording"
            on:change=move |event| opened.open_chosen(event_target::<HtmlInputElement>(&event))
        />
    }
}

/// What is open, and the way back.
pub(super) fn opened_view(opened: Opened) -> impl IntoView {
    view! {
        {move || opened.problem.get().map(|problem| problem_view("live-problem", problem))}
        {move || opened.about.get().map(|About { name, facts, cut }| view! {
            <section id="live-recording" class="live-recording" aria-label="Recording">
                <p>
                    <strong title=name.clone()>{base_name(&name).to_owned()}</strong>
                    <span class="muted">{facts}</span>
                    {cut.map(|cut| view! { <span class="wrong">{cut}</span> })}
                </p>
                <button type="button" class="small" id="live-close" on:click=move |_| opened.close()>
                    "Back to live"
                </button>
            </section>
        })}
    }
}

/// The last part of a path, of either kind of system.
fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
