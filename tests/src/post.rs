use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use okno::TenantId;
use okno::engine::{DeliveryError, Messenger};
use okno::life::request::Effect;
use uuid::Uuid;

/// A messenger that keeps what it carries, and fails while it is told to.
#[derive(Debug, Default)]
pub struct Post(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    fault: Option<DeliveryError>,
    tries: usize,
    delivered: Vec<(Uuid, Effect)>,
}

impl Post {
    /// Fails from now on, or no longer.
    pub fn fail(&self, fault: Option<DeliveryError>) {
        self.with(|state| state.fault = fault);
    }

    /// How often it was asked to carry something.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.with(|state| state.tries)
    }

    /// What it carried, in order.
    #[must_use]
    pub fn delivered(&self) -> Vec<(Uuid, Effect)> {
        self.with(|state| state.delivered.clone())
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Messenger for Post {
    async fn deliver(&self, _: TenantId, key: Uuid, effect: &Effect) -> Result<(), DeliveryError> {
        self.with(|state| {
            state.tries += 1;
            match &state.fault {
                Some(fault) => Err(fault.clone()),
                None => {
                    state.delivered.push((key, effect.clone()));
                    Ok(())
                }
            }
        })
    }
}
