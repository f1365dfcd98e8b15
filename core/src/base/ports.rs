//! Where time and ids come from: the only places that ask the machine for either.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use uuid::Uuid;

use super::time::Timestamp;

/// Tells the time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn now(&self) -> Timestamp {
        let now = chrono::Utc::now().timestamp_millis();
        Timestamp::from_millis(now).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands where it was put: tests, replays and simulations live on it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Makes a clock that shows `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.millis()))
    }

    /// Puts the clock to `at`, which may lie before what it showed.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// Gives the random part of fresh ids.
pub trait Ids: Debug + Send + Sync + 'static {
    /// A number that was not given before.
    fn seed(&self) -> u128;
}

/// Ids from the machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn seed(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }
}

/// Ids that follow from a seed: the same seed and the same calls give the same ids.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    given: AtomicU64,
}

impl SeededIds {
    /// Makes a source of ids from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, given: AtomicU64::new(0) }
    }
}

impl Ids for SeededIds {
    fn seed(&self) -> u128 {
        let number = self.given.fetch_add(1, Ordering::SeqCst);
        let high = mix(self.seed ^ mix(number));
        (u128::from(high) << 64) | u128::from(mix(high ^ number))
    }
}

/// Fresh ids of one decision: UUID v7 at its instant, each following from one random seed.
#[derive(Debug, Clone)]
pub struct IdGen {
    at: Timestamp,
    state: u128,
}

impl IdGen {
    /// Starts the ids of a decision taken at `at`.
    #[must_use]
    pub fn new(at: Timestamp, seed: u128) -> Self {
        Self { at, state: seed }
    }

    /// The next fresh id.
    pub fn fresh(&mut self) -> Uuid {
        let (high, low) = ((self.state >> 64) as u64, self.state as u64);
        let next = mix(low.wrapping_add(0x9e37_79b9_7f4a_7c15));
        self.state = (u128::from(mix(high ^ next)) << 64) | u128::from(next);
        let bytes = self.state.to_be_bytes();
        let mut random = [0; 10];
        random.copy_from_slice(&bytes[..10]);
        let millis = u64::try_from(self.at.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): spreads every bit over the whole word.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
