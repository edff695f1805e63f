//! The list as JSON, for other tools, and an entry's end in a few words.

use serde_json::{Value as Json, json};

use super::{Entry, EntryId, Fate, Kind, Log, Timing};
use crate::{dom, format};

/// Entries that are written between two frames.
const STEP: usize = 10_000;

/// What the list shows, newest first: one object per entry, times in milliseconds or
/// microseconds, as their names say, sizes in bytes. In pieces, with a frame between them, since a
/// million entries take seconds; `tell` learns how much of it is done, in percent.
pub(super) async fn pieces(look: impl Fn(&mut dyn FnMut(&Log)), tell: impl Fn(u64)) -> Vec<String> {
    let mut ids = Vec::new();
    look(&mut |log| ids = log.ids().collect());
    let mut pieces = Vec::new();
    for (at, step) in ids.chunks(STEP).enumerate() {
        tell(format::percent((at * STEP) as u64, ids.len() as u64));
        dom::frame().await;
        look(&mut |log| pieces.push(piece(log, step, at == 0)));
    }
    pieces.push(if ids.is_empty() { "[]" } else { "\n]" }.to_owned());
    pieces
}

/// Entries of a list of which this is the first piece, or not. Those that made room meanwhile are
/// left out.
fn piece(log: &Log, ids: &[EntryId], is_first: bool) -> String {
    let mut text = String::new();
    for id in ids {
        if let Some(entry) = log.get(*id) {
            let is_first = is_first && text.is_empty();
            text.push_str(if is_first { "[\n" } else { ",\n" });
            text.push_str(&one(*id, entry).to_string());
        }
    }
    text
}

fn one(id: u64, entry: &Entry) -> Json {
    let error = match &entry.fate {
        Fate::Failed(_, text) => Some(text),
        _ => None,
    };
    let parts = match entry.timing {
        Timing::Stamped(parts) => Some(parts),
        Timing::None | Timing::Web => None,
    };
    json!({
        "id": id,
        "at": entry.at,
        "kind": entry.kind.name(),
        "session": entry.whose.as_ref().map(|whose| whose.session),
        "window": entry.whose.as_ref().map(|whose| &whose.window),
        "name": entry.name,
        "end": entry.fate.name(),
        "error": error,
        "tookMs": entry.took,
        "queueUs": parts.map(|parts| parts.queued),
        "handlerUs": parts.map(|parts| parts.handled),
        "returnUs": parts.map(|parts| parts.returned),
        "sentBytes": entry.sent,
        "receivedBytes": entry.received,
        "items": entry.items,
    })
}

/// The end of an entry, as its row says it.
pub(super) fn end_text(entry: &Entry) -> String {
    match (&entry.fate, entry.kind) {
        (Fate::Failed(layer, _), _) => (*layer).to_owned(),
        (Fate::Cancelled, _) => "cancelled".to_owned(),
        (Fate::Said(level), _) => level.name().to_owned(),
        (_, Kind::Log | Kind::Session | Kind::Missing) => String::new(),
        (_, Kind::Message) => format!("← {}", format::bytes(entry.received)),
        (_, Kind::Stream) => format::counted(entry.items, "item", "items"),
        (Fate::Running, Kind::Call) => "…".to_owned(),
        (Fate::Done, Kind::Call) => match (entry.timing.total(), entry.took) {
            (Some(total), _) => format::time(total),
            (None, Some(took)) => format::milliseconds(took),
            (None, None) => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{super::log::tests::entry, *};

    #[test]
    fn what_the_list_shows_is_exported_with_its_units() {
        let mut log = Log::default();
        let failed = Fate::Failed("refusal", "no \"such\" method".into());
        log.push(entry("files.open", failed));
        log.push(Entry {
            took: Some(3.0),
            received: 12,
            ..entry("host.appInfo", Fate::Done)
        });
        let ids: Vec<_> = log.ids().collect();
        let (first, rest) = (piece(&log, &ids[..1], true), piece(&log, &ids[1..], false));
        let list: Json = serde_json::from_str(&format!("{first}{rest}\n]")).unwrap();
        assert_eq!(list[0]["name"], "host.appInfo");
        assert_eq!(list[0]["tookMs"], 3.0);
        assert_eq!(list[0]["receivedBytes"], 12);
        assert_eq!(list[1]["end"], "refusal");
        assert_eq!(list[1]["error"], "no \"such\" method");
        assert_eq!(list[2], Json::Null);
    }
}
