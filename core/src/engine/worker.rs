use std::future::Future;
use std::time::Duration;

use super::desk::Desk;

/// Ticks a desk at an interval, on as many nodes as the host likes.
#[derive(Debug, Clone)]
pub struct Worker {
    desk: Desk,
    interval: Duration,
}

impl Worker {
    /// A worker that looks every second.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk, interval: Duration::from_secs(1) }
    }

    /// The same worker with another interval.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Works until `stop` completes. It may be dropped at any time: what it had leased becomes due again.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let ticked = tokio::select! {
                () = &mut stop => return,
                ticked = self.desk.tick(self.desk.now()) => ticked,
            };
            match ticked {
                // Work that goes on in slices is due again already.
                Ok(tick) if tick.done > 0 => continue,
                Ok(_) => {}
                Err(error) => {
                    let retryable = error.is_retryable();
                    tracing::warn!(%error, retryable, "a tick failed; the next one looks again");
                }
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }
}
