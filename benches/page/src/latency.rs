//! What the thread of the windows is kept from while the page makes a thousand calls a second.
//!
//! The host sets the pace, each side by its own way to tell the page, since a page's timers have
//! steps of several milliseconds. The host measures.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_channel::oneshot;
use twinbridge_common::Bytes;
use twinbridge_frontend::spawn;

use crate::{
    contract::{Plan, Side},
    flow::{Page, say},
    invoke,
};

pub(crate) async fn all(page: &Page, plan: &Plan) -> Result<(), String> {
    for _ in 0..plan.rounds {
        for side in [Side::Bridge, Side::InvokeRaw] {
            page.client.begin_probe().await.map_err(say)?;
            match side {
                Side::Bridge => bridge(page, plan.paced_calls).await?,
                _ => invoked(plan.paced_calls).await?,
            }
            page.client.end_probe(side).await.map_err(say)?;
        }
    }
    Ok(())
}

async fn bridge(page: &Page, calls: u32) -> Result<(), String> {
    let ticked = page.ticks.wait_for(calls);
    let answered = Arc::new(AtomicU32::new(0));
    let (client, count) = (page.client.clone(), Arc::clone(&answered));
    let (done, wait) = oneshot::channel();
    let done = std::sync::Mutex::new(Some(done));
    let done = Arc::new(done);
    page.ticks.at_each(Some(Box::new(move || {
        let (client, count, done) = (client.clone(), Arc::clone(&count), Arc::clone(&done));
        spawn(async move {
            let sent = Bytes::from(vec![0x5A; 64]);
            let is_right = client
                .echo(sent.clone())
                .await
                .is_ok_and(|echo| echo == sent);
            if is_right
                && count.fetch_add(1, Ordering::Relaxed) + 1 == calls
                && let Some(done) = done.lock().ok().and_then(|mut done| done.take())
            {
                // The measurement waits below.
                let _ = done.send(());
            }
        });
    })));
    page.client.pace(calls).await.map_err(say)?;
    ticked.await.map_err(say)?;
    wait.await.map_err(say)?;
    page.ticks.at_each(None);
    Ok(())
}

async fn invoked(calls: u32) -> Result<(), String> {
    let (done, wait) = oneshot::channel();
    let done = Rc::new(Cell::new(Some(done)));
    let answered = Rc::new(Cell::new(0));
    invoke::channel("pace_channel", calls, move |_| {
        let (answered, done) = (Rc::clone(&answered), Rc::clone(&done));
        spawn(async move {
            let sent = [0x5A; 64];
            if invoke::raw(&sent).await.is_ok_and(|echo| echo == sent) {
                answered.set(answered.get() + 1);
            }
            if answered.get() == calls
                && let Some(done) = done.take()
            {
                // The measurement waits below.
                let _ = done.send(());
            }
        });
    })
    .await?;
    wait.await.map_err(say)
}
