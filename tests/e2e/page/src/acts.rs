//! What a test may have the page do, by name.
//!
//! `words` are the arguments of an act, as JSON. Acts that begin something take a name for it,
//! by which it is asked after or dropped.

use std::{rc::Rc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use twinbridge_common::wire::{ChannelName, MethodName};

use crate::{
    contract::LabClient,
    events,
    page::{Page, say},
    remote, streams,
};

/// Does it; gives JSON.
pub(crate) async fn run(name: &str, words: &str) -> Result<String, String> {
    let page = Page::get()?;
    match name {
        "who" => give(&(page.session, &page.window)),
        // A call by name, for all that only steers a test.
        "call" => {
            let (channel, method, arguments): (String, String, Vec<Value>) = take(words)?;
            let channel: ChannelName = channel.parse().map_err(say)?;
            let method: MethodName = method.parse().map_err(say)?;
            let call = page.ipc.call_backend::<Value>(channel, method, &arguments);
            give(&call.map_err(say)?.await.map_err(say)?)
        }
        "add" => {
            let (a, b) = take(words)?;
            give(&page.lab.add(a, b).await.map_err(say)?)
        }
        "begin" => {
            let (task, method, deadline_ms): (String, String, Option<u64>) = take(words)?;
            let call = begun(page.lab.clone(), task.clone(), method, deadline_ms);
            page.begin(&task, call);
            give(&())
        }
        "beginEchoes" => {
            let (task, count, ms) = take::<(String, _, _)>(words)?;
            page.begin(&task, echoes(Rc::clone(&page), count, ms));
            give(&())
        }
        "end" => give(&page.end_of(&take::<(String,)>(words)?.0)),
        "drop" => {
            page.drop_task(&take::<(String,)>(words)?.0)?;
            give(&())
        }
        "tally" => give(&page.board.tally(&take::<(String,)>(words)?.0)),
        "openFile" => {
            let (path,) = take(words)?;
            let file = page.files.open(path).await.map_err(say)?;
            give(&file.len)
        }
        "numbers" => give(&streams::numbers(&page, take::<(_,)>(words)?.0).await?),
        "blocks" => give(&streams::blocks(&page, take::<(_,)>(words)?.0).await?),
        "failing" => give(&streams::failing(&page, take::<(_,)>(words)?.0).await?),
        "consume" => {
            let (task, len) = take::<(String, _)>(words)?;
            page.begin(&task, streams::consume(Rc::clone(&page), task.clone(), len));
            give(&())
        }
        "course" => {
            let (task,) = take::<(String,)>(words)?;
            let courses = page.courses.borrow();
            give(&courses.get(&task).copied().unwrap_or_default())
        }
        "race" => {
            let (streams, count) = take(words)?;
            give(&streams::race(page, streams, count).await?)
        }
        "listen" => {
            let (listener, until): (String, _) = take(words)?;
            events::listen(&page, &listener, until)?;
            give(&())
        }
        "detach" => {
            events::detach(&page, &take::<(String,)>(words)?.0);
            give(&())
        }
        "heard" => {
            let (listener, kind): (String, String) = take(words)?;
            give(&events::heard(&page, &listener, &kind)?)
        }
        "say" => {
            let (number,) = take(words)?;
            page.news.said(number).now().map_err(say)?;
            give(&())
        }
        "spin" => {
            let (mark, ms): (String, f64) = take(words)?;
            page.lab.mark(format!("{mark} begins")).await.map_err(say)?;
            spin(ms);
            page.lab
                .mark(format!("{mark} is over"))
                .await
                .map_err(say)?;
            give(&())
        }
        "applications" => {
            let (service,) = take::<(String,)>(words)?;
            give(&remote::applications(&page, &service).await?)
        }
        "panic" => panic!("as the test asked"),
        _ => Err(format!("the page cannot `{name}`")),
    }
}

/// Keeps the page from everything else.
fn spin(ms: f64) {
    let start = js_sys::Date::now();
    while js_sys::Date::now() - start < ms {}
}

/// A call to work of this name, and how it ended in words.
pub(crate) async fn begun(
    lab: LabClient,
    name: String,
    method: String,
    deadline_ms: Option<u64>,
) -> Result<String, String> {
    if method == "flood" {
        lab.flood(name, 4096).await.map_err(say)?;
        return Ok("done".to_owned());
    }
    let mut call = match method.as_str() {
        "work" => lab.work(name),
        "heed" => lab.heed(name),
        "linger" => lab.linger(name),
        "hurried" => lab.hurried(name),
        _ => return Err(format!("there is no work `{method}`")),
    };
    if let Some(ms) = deadline_ms {
        call = call.deadline(Duration::from_millis(ms));
    }
    call.await.map_err(say)?;
    Ok("done".to_owned())
}

/// Late answers: each must be the one to its question.
async fn echoes(page: Rc<Page>, count: u32, ms: u32) -> Result<String, String> {
    let calls = (0..count).map(|number| {
        let page = Rc::clone(&page);
        async move {
            let echo = page.lab.echo_after(number, ms).await.map_err(say)?;
            if (echo.number, echo.session) != (number, page.session) {
                return Err(format!("{number} of {}: {echo:?}", page.session));
            }
            Ok(())
        }
    });
    let answers = futures_util::future::join_all(calls).await;
    answers.into_iter().collect::<Result<(), _>>()?;
    Ok("all are right".to_owned())
}

fn take<T: DeserializeOwned>(words: &str) -> Result<T, String> {
    serde_json::from_str(words).map_err(|error| format!("{words}: {error}"))
}

fn give(value: &(impl Serialize + ?Sized)) -> Result<String, String> {
    serde_json::to_string(value).map_err(say)
}
