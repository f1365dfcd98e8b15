//! The suite that every store passes: one function for each promise under "Must hold" of [`Store`].
//!
//! A back end outside this workspace turns on the feature `conformance`, opens its store with [`kinds`], fresh and
//! empty, and runs every promise:
//!
//! ```text
//! okno::conformance_suite!(my_store, || async { my_store::open_empty(okno::conformance::kinds()).await });
//! ```
//!
//! A blob store does the same with `blob_conformance_suite!` and the promises of [`BlobStore`].
//!
//! Each promise becomes a test `my_store::<promise>`. The calling crate depends on tokio with the features `macros`
//! and `rt-multi-thread`. A promise panics when the store breaks it. Leases of no length have already ended, so that
//! only the promise that says so in its name waits in real time.

mod batches;
mod bench;
mod blobs;
mod erase;
mod extra;
mod groups;
mod journal;
mod leases;
mod queries;
mod reads;
mod related;
mod sample;
mod tenants;
mod texts;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::{BlobStore, Store};

pub use batches::{
    a_batch_as_large_as_the_limits_is_applied, a_batch_decided_by_stale_snapshots_is_refused,
    a_batch_is_answered_with_its_last_position, a_batch_is_applied_whole_or_not_at_all,
    a_batch_over_a_limit_is_refused, a_batch_that_holds_nul_is_refused,
    a_change_of_a_marked_kind_moves_its_mark, a_claimed_value_has_one_owner_until_it_is_released,
    a_guard_is_held_against_the_version_and_changes_nothing,
    a_record_carries_the_position_of_its_last_change, a_refused_command_is_not_remembered,
    a_release_by_another_changes_nothing, a_repeated_command_is_refused_with_the_first_answer,
    a_version_rises_by_one_with_every_write, a_wrong_version_refuses_a_put_or_a_delete,
    concurrent_batches_of_one_command_are_applied_once, of_concurrent_claims_of_one_value_one_wins,
    of_concurrent_writers_of_one_version_one_wins, two_owners_can_exchange_their_values_in_one_batch,
    what_was_answered_is_seen_by_later_reads,
};
pub use bench::{id, instant, tenant};
pub use blobs::{
    a_blob_as_large_as_its_limit_is_kept, a_blob_is_deleted_when_it_was_not_put_lately,
    a_blob_is_named_by_its_digest, a_blob_is_read_back_as_it_was_put,
    a_blob_put_again_during_its_deletion_stays, a_deleted_blob_is_gone, a_dropped_put_leaves_nothing,
    a_listing_holds_blobs_by_digest, a_listing_over_the_limit_is_refused,
    a_reading_goes_to_its_end_whatever_happens, a_source_that_fails_leaves_nothing,
    a_touched_blob_grows_younger_and_never_older, blobs_of_tenants_never_meet,
    the_same_bytes_at_once_are_one_blob, the_same_bytes_twice_are_one_blob, what_is_not_there_is_nothing,
};
pub use erase::{
    a_refused_batch_erases_nothing, erased_content_is_gone_and_all_else_stays,
    erasing_leaves_all_other_content,
};
pub use extra::{Dictionary, EXTRAS, Extra};
pub use groups::{
    buckets_hold_what_lies_between_their_edges, groups_are_ordered_and_add_up_to_the_count,
    groups_without_an_index_or_over_a_limit_are_refused, rows_are_grouped_by_a_related_value,
};
pub use journal::{
    a_part_of_the_journal_keeps_to_what_was_asked, a_reader_that_follows_the_journal_skips_nothing,
    an_event_is_read_back_as_it_was_written, journal_positions_have_no_gap,
    the_events_of_a_batch_stand_together, the_journal_of_a_record_leaves_out_others,
};
pub use leases::{
    a_cancelled_item_is_gone, a_claim_keeps_to_its_limit, a_finish_and_its_batch_stand_or_fall_together,
    a_finish_with_an_old_lease_refuses_its_batch, a_lease_that_ended_is_held_until_the_item_is_taken,
    a_leased_item_is_given_to_nobody_else_in_real_time, a_parked_item_waits_until_it_is_set_anew,
    a_renewed_lease_ends_its_span_from_now, a_work_list_holds_what_was_asked_for,
    an_item_is_claimed_when_it_is_due_earliest_first, an_item_is_finished_once,
    an_item_set_anew_fences_its_old_holder, an_item_that_nobody_leases_cannot_be_finished,
    an_item_to_be_tried_again_waits_for_its_time, timers_and_effects_never_meet,
    workers_never_hold_the_same_item,
};
pub use queries::{
    a_comparison_with_an_absent_value_is_false, a_count_is_the_number_of_rows_of_all_pages,
    a_cursor_of_another_query_is_refused, a_page_holds_what_was_asked_of_each_row,
    a_page_tells_where_its_tenant_stood, a_query_over_a_limit_is_refused,
    a_query_returns_what_matches_in_its_order, a_query_without_an_index_over_a_growing_kind_is_refused,
    a_relation_is_met_by_a_row_that_belongs, a_text_of_any_length_is_found_by_an_index,
    columns_of_every_type_are_sorted, equal_rows_are_ordered_by_id,
    numbers_are_compared_exactly_at_their_limits, pages_neither_repeat_nor_skip_rows,
    texts_are_compared_by_keys_and_codes_by_bytes, the_last_page_has_no_cursor,
};
pub use reads::{
    a_changed_record_is_not_found_by_old_values, a_load_answers_everything_asked_for,
    a_load_is_of_one_moment, a_load_over_a_limit_is_refused, a_lookup_compares_as_conditions_do,
    a_lookup_returns_records_by_an_index, a_lookup_without_an_index_is_refused,
    a_record_is_read_back_as_it_was_written, the_time_of_the_store_does_not_run_backwards,
};
pub use related::{
    a_related_field_is_met_by_a_row_that_holds_it, a_relation_can_lead_to_the_row_that_a_column_names,
    a_relation_holds_only_where_its_columns_are_equal, an_order_by_a_related_value_needs_an_index,
    of_several_related_values_the_least_counts, rows_are_sorted_by_a_related_value,
};
pub use sample::{BLUEPRINT, DIRECTORY, GROWING, LABELS, Label, Noted, SAMPLES, Sample, kinds};
pub use tenants::{
    a_lease_of_another_tenant_is_fenced, relations_stay_within_a_tenant, tenants_can_use_the_same_names,
    tenants_never_meet,
};

pub use texts::{
    a_filter_holds_of_rows_with_a_text, a_long_text_is_found_by_its_first_words,
    a_row_is_found_by_its_texts_as_they_are, a_row_is_found_when_a_text_has_every_term,
    a_text_in_another_order_or_place_is_refused, a_text_is_searched_for_within_a_tenant,
    pages_of_rows_with_a_text_follow_a_cursor, rows_with_a_text_come_in_the_order_of_writing,
};

/// A store under test, and what must live as long as the test, such as its folder.
pub struct Fixture<S: ?Sized = dyn Store> {
    /// The store.
    pub store: Arc<S>,
    /// Dropped after the test.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl<S: fmt::Debug + ?Sized> fmt::Debug for Fixture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture").field("store", &self.store).finish_non_exhaustive()
    }
}

impl From<Arc<dyn Store>> for Fixture {
    fn from(store: Arc<dyn Store>) -> Self {
        Self { store, guard: Box::new(()) }
    }
}

impl<S: Store> From<S> for Fixture {
    fn from(store: S) -> Self {
        Self::from(Arc::new(store) as Arc<dyn Store>)
    }
}

impl<B: BlobStore> From<B> for Fixture<dyn BlobStore> {
    fn from(blobs: B) -> Self {
        Self { store: Arc::new(blobs), guard: Box::new(()) }
    }
}

/// Runs every promise on a store: `conformance_suite!(name, || async { store })`.
///
/// The closure gives a store, an `Arc<dyn Store>` or a [`Fixture`](crate::conformance::Fixture), fresh and empty.
#[macro_export]
macro_rules! conformance_suite {
    ($store:ident, $open:expr) => {
        mod $store {
            #[allow(unused_imports)]
            use super::*;
            $crate::for_each_promise!($crate::conformance_test, $open);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! conformance_test {
    ($promise:ident, $open:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let fixture = <$crate::conformance::Fixture>::from(($open)().await);
            $crate::conformance::$promise(fixture.store.clone()).await;
        }
    };
}

/// Runs every promise on a blob store: `blob_conformance_suite!(name, || async { blobs })`.
///
/// The closure gives a blob store, or a [`Fixture`](crate::conformance::Fixture) of one, fresh and empty.
#[macro_export]
macro_rules! blob_conformance_suite {
    ($store:ident, $open:expr) => {
        mod $store {
            #[allow(unused_imports)]
            use super::*;
            $crate::for_each_blob_promise!($crate::blob_conformance_test, $open);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! blob_conformance_test {
    ($promise:ident, $open:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            type Blobs = $crate::conformance::Fixture<dyn $crate::store::BlobStore>;
            let fixture = Blobs::from(($open)().await);
            $crate::conformance::$promise(fixture.store.clone()).await;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! for_each_blob_promise {
    ($test:path, $open:expr) => {
        $crate::for_each_promise! { @each $test, $open;
            a_blob_is_read_back_as_it_was_put,
            a_blob_is_named_by_its_digest,
            the_same_bytes_twice_are_one_blob,
            a_blob_as_large_as_its_limit_is_kept,
            a_source_that_fails_leaves_nothing,
            a_dropped_put_leaves_nothing,
            what_is_not_there_is_nothing,
            a_touched_blob_grows_younger_and_never_older,
            a_blob_is_deleted_when_it_was_not_put_lately,
            a_deleted_blob_is_gone,
            a_reading_goes_to_its_end_whatever_happens,
            a_listing_holds_blobs_by_digest,
            a_listing_over_the_limit_is_refused,
            blobs_of_tenants_never_meet,
            the_same_bytes_at_once_are_one_blob,
            a_blob_put_again_during_its_deletion_stays,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! for_each_promise {
    ($test:path, $open:expr) => {
        $crate::for_each_promise! { @each $test, $open;
            a_batch_is_applied_whole_or_not_at_all,
            a_wrong_version_refuses_a_put_or_a_delete,
            a_guard_is_held_against_the_version_and_changes_nothing,
            a_version_rises_by_one_with_every_write,
            a_record_carries_the_position_of_its_last_change,
            a_claimed_value_has_one_owner_until_it_is_released,
            two_owners_can_exchange_their_values_in_one_batch,
            a_release_by_another_changes_nothing,
            a_repeated_command_is_refused_with_the_first_answer,
            a_refused_command_is_not_remembered,
            a_batch_decided_by_stale_snapshots_is_refused,
            a_batch_is_answered_with_its_last_position,
            a_batch_over_a_limit_is_refused,
            a_batch_as_large_as_the_limits_is_applied,
            a_batch_that_holds_nul_is_refused,
            a_change_of_a_marked_kind_moves_its_mark,
            of_concurrent_writers_of_one_version_one_wins,
            of_concurrent_claims_of_one_value_one_wins,
            concurrent_batches_of_one_command_are_applied_once,
            what_was_answered_is_seen_by_later_reads,
            journal_positions_have_no_gap,
            a_reader_that_follows_the_journal_skips_nothing,
            the_events_of_a_batch_stand_together,
            an_event_is_read_back_as_it_was_written,
            the_journal_of_a_record_leaves_out_others,
            a_part_of_the_journal_keeps_to_what_was_asked,
            tenants_never_meet,
            tenants_can_use_the_same_names,
            a_lease_of_another_tenant_is_fenced,
            relations_stay_within_a_tenant,
            a_load_answers_everything_asked_for,
            a_record_is_read_back_as_it_was_written,
            a_lookup_returns_records_by_an_index,
            a_lookup_compares_as_conditions_do,
            a_lookup_without_an_index_is_refused,
            a_load_over_a_limit_is_refused,
            a_load_is_of_one_moment,
            a_changed_record_is_not_found_by_old_values,
            the_time_of_the_store_does_not_run_backwards,
            a_leased_item_is_given_to_nobody_else_in_real_time,
            an_item_is_claimed_when_it_is_due_earliest_first,
            a_claim_keeps_to_its_limit,
            workers_never_hold_the_same_item,
            a_finish_with_an_old_lease_refuses_its_batch,
            a_finish_and_its_batch_stand_or_fall_together,
            an_item_that_nobody_leases_cannot_be_finished,
            an_item_is_finished_once,
            a_lease_that_ended_is_held_until_the_item_is_taken,
            a_renewed_lease_ends_its_span_from_now,
            an_item_to_be_tried_again_waits_for_its_time,
            a_parked_item_waits_until_it_is_set_anew,
            a_cancelled_item_is_gone,
            an_item_set_anew_fences_its_old_holder,
            timers_and_effects_never_meet,
            a_work_list_holds_what_was_asked_for,
            a_query_returns_what_matches_in_its_order,
            equal_rows_are_ordered_by_id,
            columns_of_every_type_are_sorted,
            a_text_of_any_length_is_found_by_an_index,
            pages_neither_repeat_nor_skip_rows,
            the_last_page_has_no_cursor,
            a_count_is_the_number_of_rows_of_all_pages,
            a_query_without_an_index_over_a_growing_kind_is_refused,
            a_cursor_of_another_query_is_refused,
            a_query_over_a_limit_is_refused,
            a_page_holds_what_was_asked_of_each_row,
            a_page_tells_where_its_tenant_stood,
            texts_are_compared_by_keys_and_codes_by_bytes,
            numbers_are_compared_exactly_at_their_limits,
            a_comparison_with_an_absent_value_is_false,
            a_relation_is_met_by_a_row_that_belongs,
            a_related_field_is_met_by_a_row_that_holds_it,
            rows_are_sorted_by_a_related_value,
            of_several_related_values_the_least_counts,
            an_order_by_a_related_value_needs_an_index,
            a_relation_can_lead_to_the_row_that_a_column_names,
            a_relation_holds_only_where_its_columns_are_equal,
            groups_are_ordered_and_add_up_to_the_count,
            rows_are_grouped_by_a_related_value,
            buckets_hold_what_lies_between_their_edges,
            groups_without_an_index_or_over_a_limit_are_refused,
            a_row_is_found_when_a_text_has_every_term,
            rows_with_a_text_come_in_the_order_of_writing,
            pages_of_rows_with_a_text_follow_a_cursor,
            a_row_is_found_by_its_texts_as_they_are,
            a_filter_holds_of_rows_with_a_text,
            a_text_is_searched_for_within_a_tenant,
            a_text_in_another_order_or_place_is_refused,
            a_long_text_is_found_by_its_first_words,
            erased_content_is_gone_and_all_else_stays,
            a_refused_batch_erases_nothing,
            erasing_leaves_all_other_content,
        }
    };
    (@each $test:path, $open:expr; $($promise:ident,)*) => {
        $($test!($promise, $open);)*
    };
}

#[cfg(test)]
mod tests;
