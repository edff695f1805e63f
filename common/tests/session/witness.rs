//! Sockets that stand over a session's own and see what goes through: how a page records itself.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use twinbridge_common::{
    IpcInterface as _,
    ipc::{
        Answered, Caller, ChannelTaken, Credit, Delivery, Endpoint, HandlerGuard, Invoked,
        IpcHandler, IpcSocket, IpcSocketFrontend, IpcStream, Listener, Message,
        NotificationListener, Outgoing, PipeError, SendWithRoom, VersionPolicy,
    },
    wire::{ChannelName, MethodName, Payload},
};

use crate::{
    flow::{Bench, FlowInterface, all},
    notices::NewsSender,
    support::{NOTHING, arguments, method},
};

type Seen = Arc<Mutex<Vec<String>>>;

/// Says when it is dropped.
struct Last(Seen);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("dropped".into());
    }
}

struct Recorded {
    endpoint: Endpoint,
    seen: Seen,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorded")
    }
}

impl IpcSocket for Recorded {
    fn send(
        &self,
        channel: &ChannelName,
        name: &MethodName,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), PipeError> {
        self.endpoint.send(channel, name, arguments, delivery)
    }

    fn send_with_room(&self, message: &Message) -> SendWithRoom {
        self.endpoint.send_with_room(message)
    }

    fn listen(&self, listener: Arc<dyn NotificationListener>) -> Listener {
        self.endpoint.listen(listener)
    }

    fn handle(
        &self,
        handler: Arc<dyn IpcHandler>,
        policy: VersionPolicy,
    ) -> Result<HandlerGuard, ChannelTaken> {
        self.endpoint.handle(handler, policy)
    }
}

impl IpcSocketFrontend for Recorded {
    fn invoke(&self, call: Outgoing) -> Invoked {
        let seen = Arc::clone(&self.seen);
        seen.lock().unwrap().push(format!("call {}", call.method));
        let invoked = self.endpoint.invoke(call);
        Invoked::of(async move {
            Ok(match invoked.await? {
                Answered::Streaming(items) => {
                    let last = Last(seen);
                    Answered::Streaming(items.witnessed(move |item| {
                        let text = if item.is_some() { "item" } else { "end" };
                        last.0.lock().unwrap().push(text.into());
                    }))
                }
                ended => ended,
            })
        })
    }
}

fn recorded(bench: &Bench) -> (Arc<Recorded>, Seen) {
    let seen = Seen::default();
    let recorded = Recorded {
        endpoint: bench.page.socket().unwrap(),
        seen: Arc::clone(&seen),
    };
    (Arc::new(recorded), seen)
}

#[test]
fn calls_and_items_go_through_a_socket_that_records_them() {
    let bench = Bench::new();
    let (socket, seen) = recorded(&bench);
    let caller = Caller::new(socket);
    let (items, error) = bench.pair.run(async {
        let stream: IpcStream<u32> = caller
            .call(FlowInterface::CHANNEL, method("count"), &(2,))
            .await
            .unwrap();
        all(stream).await
    });
    assert_eq!(items, [0, 1]);
    assert!(error.is_none());
    assert_eq!(
        *seen.lock().unwrap(),
        ["call count", "item", "item", "end", "dropped"]
    );
}

#[test]
fn a_call_that_is_given_up_is_cancelled_through_such_a_socket() {
    let bench = Bench::new();
    let (socket, seen) = recorded(&bench);
    let caller = Caller::new(socket);
    let stream: IpcStream<u32> = bench.pair.run(async {
        let call = caller.call(FlowInterface::CHANNEL, method("forever"), &NOTHING);
        call.await.unwrap()
    });
    bench.pair.settle();
    assert_eq!(bench.source.open(), 1);
    drop(stream);
    bench.pair.settle();
    assert_eq!(bench.source.open(), 0);
    assert_eq!(*seen.lock().unwrap(), ["call forever", "dropped"]);
}

#[test]
fn the_credit_of_a_stream_is_used_up_by_what_nobody_takes() {
    let bench = Bench::new();
    let endpoint = bench.page.socket().unwrap();
    let call = Outgoing {
        channel: FlowInterface::CHANNEL,
        method: method("forever"),
        deadline_ms: 0,
        metadata: Default::default(),
        arguments: arguments(&NOTHING),
        stamps: None,
    };
    let answer = bench.pair.run(endpoint.invoke(call)).unwrap();
    let Answered::Streaming(mut items) = answer else {
        panic!("a stream was asked for");
    };
    bench.pair.settle();
    let full = Credit {
        limit: 8192,
        waiting: 8192,
        taken: 0,
    };
    assert_eq!(items.credit(), Some(full));
    assert_eq!(full.left(), 0);
    let item = bench.pair.run(futures_util::StreamExt::next(&mut items));
    assert!(item.is_some());
    let credit = items.credit().unwrap();
    assert_eq!((credit.waiting, credit.taken, credit.left()), (8191, 1, 0));
}

#[test]
fn a_witness_sees_messages_that_nobody_listens_to() {
    let bench = Bench::new();
    let endpoint = bench.page.socket().unwrap();
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    assert!(endpoint.witness_messages(move |message| {
        let text = format!("{}.{}", message.channel, message.name);
        noted.lock().unwrap().push(text);
    }));
    assert!(!endpoint.witness_messages(|_| panic!("there is one already")));
    let sender = bench.pair.backend().notification_sender().unwrap();
    NewsSender::new(sender).came(1).now().unwrap();
    bench.pair.settle();
    assert_eq!(*seen.lock().unwrap(), ["news.came"]);
}
