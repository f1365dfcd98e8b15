//! A batch in a transaction that the host began.

use okno::store::{Batch, Receipt};
use sqlx::{Connection as _, Postgres, Transaction};

use super::commit::Groups;
use super::failure::{Failure, unavailable};

impl Groups {
    /// Commits a batch as a part of the transaction; of a batch that is refused, or fails, nothing is left in it.
    pub(super) async fn within(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        batch: Batch,
    ) -> Result<Receipt, Failure> {
        let mut part = transaction.begin().await?;
        let as_before: String = sqlx::query_scalar(LOCK_TIMEOUT).fetch_one(&mut *part).await?;
        set_lock_timeout(&mut part, self.lock_timeout.as_millis().to_string()).await?;
        let verdict = self.inside(&mut part, batch.tenant, vec![batch]).await?.pop();
        let receipt = verdict.ok_or_else(|| unavailable("the batch has no verdict"))??;
        set_lock_timeout(&mut part, as_before).await?;
        part.commit().await?;
        Ok(receipt)
    }
}

/// Sets it until the transaction ends; rolling back the part of it sets it back as well.
async fn set_lock_timeout(part: &mut Transaction<'_, Postgres>, timeout: String) -> Result<(), Failure> {
    sqlx::query("SELECT set_config('lock_timeout', $1, TRUE)").bind(timeout).execute(&mut **part).await?;
    Ok(())
}

const LOCK_TIMEOUT: &str = "SELECT current_setting('lock_timeout')";
