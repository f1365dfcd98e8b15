//! The engine under clients: each does one command after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use okno::life::request::RequestId;
use okno::{Desk, RequestCommand};
use serde::Serialize;
use tokio::task::JoinSet;

use super::center::{Failed, LINES, operator, requester, requests, submission};
use super::cost::{Cost, Watch};
use super::text::{Dice, REPLY_BYTES};

/// What clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Submit a request.
    Submit,
    /// Give it to an operator.
    Assign,
    /// Write as its requester.
    Reply,
    /// Resolve it.
    Resolve,
}

impl Operation {
    /// Every operation, in an order in which one request can live through them.
    pub const ALL: [Self; 4] = [Self::Submit, Self::Assign, Self::Reply, Self::Resolve];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Assign => "assign",
            Self::Reply => "reply",
            Self::Resolve => "resolve",
        }
    }
}

/// The requests of one round: each goes through every operation once.
#[derive(Debug, Clone, Default)]
pub(super) struct Batchful {
    /// The number of the first request, which tells who asks and which line works.
    pub first: usize,
    /// Their ids, once they were submitted.
    pub ids: Vec<RequestId>,
}

/// Lets `clients` do an operation on every request of a round, `count` of them.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn run(
    desk: &Desk,
    round: &mut Batchful,
    (operation, count, clients): (Operation, usize, usize),
    postmaster: Option<u32>,
) -> Result<Cost, Failed> {
    let known = Arc::new(round.clone());
    let next = Arc::new(AtomicUsize::new(0));
    let watch = Watch::start(postmaster);
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (desk, known, next) = (desk.clone(), known.clone(), next.clone());
        running.spawn(async move {
            let mut done = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return Ok::<_, Failed>(done);
                }
                done.push((n, once(&desk, &known, operation, n).await?));
            }
        });
    }
    let mut ids = Vec::with_capacity(count);
    while let Some(done) = running.join_next().await {
        ids.extend(done??);
    }
    let cost = watch.stop(count);
    ids.sort_unstable_by_key(|(n, _)| *n);
    round.ids = ids.into_iter().map(|(_, id)| id).collect();
    Ok(cost)
}

async fn once(desk: &Desk, round: &Batchful, operation: Operation, n: usize) -> Result<RequestId, Failed> {
    let number = round.first + n;
    let mut dice = Dice::new(number as u64 ^ SALT);
    let (asks, works) = (requests(desk, requester(number)), requests(desk, operator(number, number / LINES)));
    let id = || round.ids.get(n).copied().ok_or("the request was not submitted");
    let receipt = match operation {
        Operation::Submit => asks.submit(submission(number, &mut dice)?).await?,
        Operation::Assign => works.assign(id()?, operator(number, number / LINES)).await?,
        Operation::Reply => asks.step(id()?, RequestCommand::Reply(dice.text(REPLY_BYTES).into())).await?,
        Operation::Resolve => works.resolve(id()?, "fixed", dice.text(REPLY_BYTES)).await?,
    };
    Ok(RequestId(receipt.subject))
}

/// Lets texts differ from those that the store was filled with.
const SALT: u64 = 0x5eed_0000_0000;
