use std::sync::Mutex;

use async_trait::async_trait;
use okno::TenantId;
use okno::engine::{DeliveryError, Messenger, ScanError, Scanner};
use okno::life::request::{Effect, ScanVerdict};
use okno::store::{ByteSource, read_whole};
use uuid::Uuid;

/// A toy: finds what holds the word `EICAR`, and gives up on what is `locked`, once.
#[derive(Debug, Default)]
pub(super) struct ToyScanner {
    gave_up: Mutex<bool>,
}

#[async_trait]
impl Scanner for ToyScanner {
    async fn scan(&self, _: TenantId, source: &mut dyn ByteSource) -> Result<ScanVerdict, ScanError> {
        let bytes = read_whole(source, u64::MAX).await?;
        let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
        if holds(b"locked") && !self.gives_up_again() {
            let reason = "the archive cannot be opened".to_owned();
            return Err(ScanError { reason, retryable: false });
        }
        if holds(b"EICAR") {
            return Ok(ScanVerdict::Infected { name: "EICAR-Test-File".to_owned() });
        }
        Ok(ScanVerdict::Clean)
    }
}

impl ToyScanner {
    fn gives_up_again(&self) -> bool {
        let mut gave_up = self.gave_up.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut gave_up, true)
    }
}

/// Keeps what would be sent.
#[derive(Debug, Default)]
pub(super) struct Letters(Mutex<Vec<Effect>>);

impl Letters {
    /// What was sent so far.
    pub(super) fn sent(&self) -> Vec<Effect> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Messenger for Letters {
    async fn deliver(&self, _: TenantId, _: Uuid, effect: &Effect) -> Result<(), DeliveryError> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(effect.clone());
        Ok(())
    }
}
