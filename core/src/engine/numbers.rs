use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::desk::Desk;
use super::error::DeskError;
use crate::base::limits::{CONFLICT_RETRIES_MAX, NUMBER_BLOCK_MAX, NUMBER_BLOCK_SIZE};
use crate::base::{Span, TenantId, Timestamp};
use crate::life::request::NumberBlock;
use crate::store::{Put, Read, StoreError, Version};

/// The human numbers that a desk took and has not given yet.
#[derive(Debug, Default)]
pub(super) struct Numbers(Mutex<HashMap<(TenantId, String), Block>>);

/// What is left of a block, how large it was, and when it was taken.
#[derive(Debug)]
struct Block {
    left: Range<u64>,
    size: u64,
    taken_at: Option<Timestamp>,
    /// Held by whoever takes the next one, so that all who lack a number wait for one block.
    taking: Arc<Taking>,
}

type Taking = tokio::sync::Mutex<()>;

impl Block {
    fn none() -> Self {
        Self { left: 0..0, size: NUMBER_BLOCK_SIZE, taken_at: None, taking: Arc::default() }
    }

    /// How many numbers are taken after this block: more when it was used up quickly, so that a busy desk seldom takes one
    /// and an idle one leaves few numbers out.
    fn next_size(&self, now: Timestamp) -> u64 {
        let size = match self.taken_at {
            Some(taken_at) if now - taken_at < QUICKLY => self.size * 2,
            Some(_) => self.size / 2,
            None => self.size,
        };
        size.clamp(NUMBER_BLOCK_SIZE, NUMBER_BLOCK_MAX)
    }
}

impl Numbers {
    /// Looks at the block of a prefix.
    fn block<T>(&self, tenant: TenantId, prefix: &str, look: impl FnOnce(&mut Block) -> T) -> T {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(blocks.entry((tenant, prefix.to_owned())).or_insert_with(Block::none))
    }

    fn take(&self, tenant: TenantId, prefix: &str) -> Option<u64> {
        self.block(tenant, prefix, |block| block.left.next())
    }

    /// Keeps a block in the place of the one that was used up, and gives its first number.
    fn keep(&self, tenant: TenantId, prefix: &str, taken: Range<u64>, now: Timestamp) -> Option<u64> {
        self.block(tenant, prefix, |block| {
            (block.size, block.taken_at, block.left) = (taken.end - taken.start, Some(now), taken);
            block.left.next()
        })
    }
}

impl Desk {
    /// The next human number of a prefix: unique in the tenant, increasing within the block that this desk took.
    pub(super) async fn next_number(&self, tenant: TenantId, prefix: &str) -> Result<u64, DeskError> {
        if let Some(number) = self.numbers.take(tenant, prefix) {
            return Ok(number);
        }
        let taking = self.numbers.block(tenant, prefix, |block| block.taking.clone());
        let _taking = taking.lock().await;
        for _ in 0..=CONFLICT_RETRIES_MAX {
            if let Some(number) = self.numbers.take(tenant, prefix) {
                return Ok(number);
            }
            if let Some(block) = self.take_block(tenant, prefix).await?
                && let Some(number) = self.numbers.keep(tenant, prefix, block, self.now())
            {
                return Ok(number);
            }
        }
        let found = CONFLICT_RETRIES_MAX as usize + 1;
        Err(StoreError::Limit { what: "tries at a block of numbers", found, max: found - 1 }.into())
    }

    /// Takes a block of numbers; `None` when another node was quicker.
    async fn take_block(&self, tenant: TenantId, prefix: &str) -> Result<Option<Range<u64>>, DeskError> {
        let key = NumberBlock::key(tenant, prefix);
        let mut read = Read::new(tenant);
        read.keys = vec![key];
        let view = self.store.load(read).await?;
        let found = view.record::<NumberBlock>(key).flatten();
        let (next, expected) = found.map_or((1, Version::ABSENT), |(block, version)| (block.next, version));
        let after = next + self.numbers.block(tenant, prefix, |block| block.next_size(self.now()));
        let record = Arc::new(NumberBlock { id: key.id, prefix: prefix.to_owned(), next: after });
        let mut batch = self.plain_batch(tenant, self.now(), self.fresh_command(), None);
        batch.puts.push(Put { record, expected });
        match self.store.commit(batch).await {
            Ok(_) => Ok(Some(next..after)),
            // A block whose answer was lost is left out.
            Err(StoreError::Conflict { .. } | StoreError::Unknown { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A block that was used up within this time was too small.
const QUICKLY: Span = Span::minutes(1);
