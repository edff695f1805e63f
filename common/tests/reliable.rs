//! Whatever a carrier loses, repeats, reorders and delays: what was sent arrives in order, once.
//!
//! The model is two ends and a bag of batches between them, from which a random hand takes. When
//! the hand rests, everything must have arrived.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::time::Duration;

use proptest::prelude::*;
use twinbridge_common::{
    Bytes,
    ipc::reliable::{Receiving, Sending},
    wire::Batch,
};

/// What happens next on the carrier.
#[derive(Clone, Debug)]
enum Step {
    /// The sender has something to say, if its window allows.
    Say(u8),
    /// One of the batches on the way arrives; it may be any of them.
    Arrive(prop::sample::Index),
    /// One arrives and stays on the way: it will come again.
    Repeat(prop::sample::Index),
    /// One is lost.
    Lose(prop::sample::Index),
    /// The sender learns how far the receiver is.
    Acknowledge,
    /// The sender learns how far the receiver once was.
    AcknowledgeLate(prop::sample::Index),
    /// The sender sends again what is not acknowledged.
    SendAgain,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Say),
        4 => index().prop_map(Step::Arrive),
        1 => index().prop_map(Step::Repeat),
        2 => index().prop_map(Step::Lose),
        1 => Just(Step::Acknowledge),
        1 => index().prop_map(Step::AcknowledgeLate),
        1 => Just(Step::SendAgain),
    ]
}

const WINDOW: usize = 1000;

struct Model {
    sending: Sending,
    receiving: Receiving,
    way: Vec<Batch>,
    said: Vec<Bytes>,
    heard: Vec<Bytes>,
    /// How far the receiver was, each time it was asked.
    acknowledged: Vec<u64>,
    now: Duration,
}

impl Model {
    fn new() -> Self {
        Self {
            sending: Sending::new(WINDOW),
            receiving: Receiving::default(),
            way: Vec::new(),
            said: Vec::new(),
            heard: Vec::new(),
            acknowledged: vec![0],
            now: Duration::ZERO,
        }
    }

    fn take(&mut self, step: &Step) {
        self.now += Duration::from_millis(1);
        match step {
            Step::Say(len) => self.say(usize::from(*len) + 1),
            Step::Arrive(at) if !self.way.is_empty() => {
                let batch = self.way.remove(at.index(self.way.len()));
                self.arrive(batch);
            }
            Step::Repeat(at) if !self.way.is_empty() => {
                let batch = at.get(&self.way).clone();
                self.arrive(batch);
            }
            Step::Lose(at) if !self.way.is_empty() => {
                self.way.remove(at.index(self.way.len()));
            }
            Step::Arrive(_) | Step::Repeat(_) | Step::Lose(_) => {}
            Step::Acknowledge => self.acknowledge(self.receiving.acknowledged()),
            Step::AcknowledgeLate(at) => self.acknowledge(*at.get(&self.acknowledged)),
            Step::SendAgain => self.send_again(),
        }
        self.check();
    }

    fn say(&mut self, len: usize) {
        if self.sending.room() == 0 {
            return;
        }
        // Each text is unlike the others, so that an exchanged one is seen.
        let mut text = self.said.len().to_le_bytes().to_vec();
        text.resize(8 + len, 7);
        let text = Bytes::from(text);
        self.said.push(text.clone());
        self.way.push(self.sending.push(text));
    }

    fn arrive(&mut self, batch: Batch) {
        let ready = self
            .receiving
            .receive(batch.sequence, batch.frames, self.now);
        self.heard.extend(ready.unwrap());
    }

    fn acknowledge(&mut self, up_to: u64) {
        self.acknowledged.push(self.receiving.acknowledged());
        self.sending.acknowledge(up_to).unwrap();
    }

    fn send_again(&mut self) {
        self.sending.send_again();
        while let Some(batch) = self.sending.next_again() {
            self.way.push(batch);
        }
        assert!(!self.sending.has_again());
    }

    fn check(&self) {
        // In order, once, nothing invented.
        assert_eq!(self.heard[..], self.said[..self.heard.len()]);
        assert_eq!(self.receiving.acknowledged(), self.heard.len() as u64);
        // A window is exceeded by one batch at most.
        assert!(self.sending.unacknowledged_bytes() < WINDOW + 300);
        // A gap is open exactly while something waits for an earlier batch.
        if self.heard.len() == self.said.len() {
            assert_eq!(self.receiving.gap_since(), None);
        }
        let limit = Duration::from_secs(3600);
        assert_eq!(self.receiving.overdue(self.now, limit), None);
    }

    /// The carrier is as good as a carrier can be from here on.
    fn come_to_rest(&mut self) {
        self.way.clear();
        self.send_again();
        for batch in std::mem::take(&mut self.way) {
            self.arrive(batch);
        }
        self.acknowledge(self.receiving.acknowledged());
    }
}

proptest! {
    // The same cases on every run and every machine: a failure is one that can be looked at.
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(2025),
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_sent_arrives_in_order_and_once_whatever_the_carrier_does(
        steps in prop::collection::vec(step(), 0..200)
    ) {
        let mut model = Model::new();
        for step in &steps {
            model.take(step);
        }
        model.come_to_rest();
        prop_assert_eq!(&model.heard, &model.said);
        prop_assert_eq!(model.sending.unacknowledged_bytes(), 0);
        prop_assert_eq!(model.sending.room(), WINDOW);
        prop_assert_eq!(model.receiving.gap_since(), None);
    }

    #[test]
    fn a_number_that_was_never_sent_is_refused_and_changes_nothing(
        sent in 0_u64..50, ahead in 1_u64..1000
    ) {
        let mut sending = Sending::new(WINDOW);
        for _ in 0..sent {
            sending.push(Bytes::from(vec![0; 10]));
        }
        let before = sending.unacknowledged_bytes();
        let error = sending.acknowledge(sent + ahead).unwrap_err();
        prop_assert_eq!(
            error.to_string(),
            format!(
                "the peer broke the protocol: batch {} was acknowledged, the last one sent is {sent}",
                sent + ahead
            )
        );
        prop_assert_eq!(sending.unacknowledged_bytes(), before);
    }
}
