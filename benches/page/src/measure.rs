//! The measurements: both sides in turns, every answer checked.

use futures_util::{StreamExt as _, stream};
use twinbridge_common::Bytes;

use twinbridge_frontend::FrontendIpc;

use crate::{
    contract::{BenchClient, Figure, Plan, Round, Side},
    flow::{self, Page},
    invoke, latency,
};

/// Bytes that every call carries, there and back.
const LEN: usize = 64;

/// Calls between two looks at the memory.
const MEMORY_STEP: u32 = 100_000;

pub(crate) async fn all(ipc: &FrontendIpc, client: &BenchClient) -> Result<(), String> {
    let page = Page::new(ipc, client)?;
    let plan = client.plan().await.map_err(|error| error.to_string())?;
    // Both sides once, so that no round pays for first use.
    for side in [Side::Bridge, Side::InvokeRaw, Side::InvokeJson] {
        some(client, side, 50, 10).await?;
    }
    for round in 0..plan.rounds {
        for side in [Side::Bridge, Side::InvokeRaw, Side::InvokeJson] {
            measure(client, Figure::Single, side, round, plan.single_calls, 1).await?;
        }
    }
    for round in 0..plan.rounds {
        for (side, calls) in [
            (Side::Bridge, plan.bridge_calls),
            (Side::InvokeRaw, plan.invoke_calls),
            (Side::InvokeJson, plan.invoke_calls),
        ] {
            measure(
                client,
                Figure::Concurrent,
                side,
                round,
                calls,
                plan.in_flight,
            )
            .await?;
        }
    }
    flow::all(&page, &plan).await?;
    latency::all(&page, &plan).await?;
    memory(client, &plan).await?;
    flow::memory(&page, &plan).await?;
    flow::stall(&page, &plan).await
}

pub(crate) async fn report(client: &BenchClient, round: Round) -> Result<(), String> {
    client.round(round).await.map_err(|error| error.to_string())
}

async fn memory(client: &BenchClient, plan: &Plan) -> Result<(), String> {
    if plan.memory_calls == 0 {
        return Ok(());
    }
    some(client, Side::Bridge, MEMORY_STEP, 100).await?;
    for step in 0..=plan.memory_calls / MEMORY_STEP {
        let started = invoke::now();
        if step > 0 {
            some(client, Side::Bridge, MEMORY_STEP, 100).await?;
        }
        let micros = (invoke::now() - started) * 1000.0;
        let memory = client.memory().await.map_err(|error| error.to_string())?;
        let round = Round {
            figure: Figure::Memory,
            side: Side::Bridge,
            round: step,
            calls: step * MEMORY_STEP,
            micros,
            memory: Some(memory),
        };
        client
            .round(round)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn measure(
    client: &BenchClient,
    figure: Figure,
    side: Side,
    round: u32,
    calls: u32,
    in_flight: u32,
) -> Result<(), String> {
    let started = invoke::now();
    some(client, side, calls, in_flight).await?;
    let micros = (invoke::now() - started) * 1000.0;
    let round = Round {
        figure,
        side,
        round,
        calls,
        micros,
        memory: None,
    };
    client.round(round).await.map_err(|error| error.to_string())
}

/// Makes calls, some in flight at a time, and checks the answers.
async fn some(client: &BenchClient, side: Side, calls: u32, in_flight: u32) -> Result<(), String> {
    let in_flight = usize::try_from(in_flight).unwrap_or(1);
    let mut answers = stream::iter(0..calls)
        .map(|call| one(client, side, call))
        .buffer_unordered(in_flight);
    let mut answered = 0;
    while let Some(answer) = answers.next().await {
        answer?;
        answered += 1;
    }
    if answered == calls {
        Ok(())
    } else {
        Err(format!("{answered} of {calls} answers came"))
    }
}

async fn one(client: &BenchClient, side: Side, call: u32) -> Result<(), String> {
    let mut bytes = vec![0x5A; LEN];
    bytes[..4].copy_from_slice(&call.to_le_bytes());
    let is_right = match side {
        Side::Bridge => {
            let sent = Bytes::from(bytes);
            client
                .echo(sent.clone())
                .await
                .map_err(|error| error.to_string())?
                == sent
        }
        Side::InvokeRaw | Side::ChannelRaw | Side::ChannelJson => {
            invoke::raw(&bytes).await? == bytes
        }
        Side::InvokeJson => {
            let text = format!("{call:064}");
            invoke::json(&text).await? == text
        }
    };
    if is_right {
        Ok(())
    } else {
        Err(format!("call {call} came back changed"))
    }
}
