use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::desk::Desk;
use super::error::DeskError;
use crate::base::TenantId;
use crate::base::limits::{CONFLICT_RETRIES_MAX, NUMBER_BLOCK_SIZE};
use crate::life::request::NumberBlock;
use crate::store::{Put, Read, StoreError, Version};

/// The human numbers that a desk took and has not given yet.
#[derive(Debug, Default)]
pub(super) struct Numbers(Mutex<HashMap<(TenantId, String), Range<u64>>>);

impl Numbers {
    fn take(&self, tenant: TenantId, prefix: &str) -> Option<u64> {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.get_mut(&(tenant, prefix.to_owned()))?.next()
    }

    /// Keeps a block and gives its first number; a block that another task brought meanwhile is used up first.
    fn keep(&self, tenant: TenantId, prefix: &str, mut block: Range<u64>) -> Option<u64> {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = blocks.entry((tenant, prefix.to_owned())).or_insert(0..0);
        if known.is_empty() {
            let first = block.next();
            *known = block;
            return first;
        }
        // Gaps are allowed: the numbers of the second block are not given.
        known.next()
    }
}

impl Desk {
    /// The next human number of a prefix: unique in the tenant, increasing within the block that this desk took.
    pub(super) async fn next_number(&self, tenant: TenantId, prefix: &str) -> Result<u64, DeskError> {
        for _ in 0..=CONFLICT_RETRIES_MAX {
            if let Some(number) = self.numbers.take(tenant, prefix) {
                return Ok(number);
            }
            if let Some(block) = self.take_block(tenant, prefix).await?
                && let Some(number) = self.numbers.keep(tenant, prefix, block)
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
        let after = next + NUMBER_BLOCK_SIZE;
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
