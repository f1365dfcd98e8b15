//! Every promise of the contracts of stores and of blob stores, on every one there is.

use std::sync::Arc;

use okno::base::SystemClock;

okno::conformance_suite!(memory, || okno_tests::memory(Arc::new(SystemClock)));
okno::conformance_suite!(sqlite, || okno_tests::sqlite(Arc::new(SystemClock)));
okno::blob_conformance_suite!(memory_blobs, okno_tests::memory_blobs);
okno::blob_conformance_suite!(file_blobs, okno_tests::file_blobs);

/// A promise on PostgreSQL, where there is a server for tests.
macro_rules! where_there_is_a_server {
    ($promise:ident, $open:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            if okno_tests::postgres::server().is_some() {
                let fixture = $open(std::sync::Arc::new(okno::base::SystemClock)).await;
                okno::conformance::$promise(fixture.store.clone()).await;
            }
        }
    };
}
use where_there_is_a_server;

mod postgres {
    okno::for_each_promise!(crate::where_there_is_a_server, okno_tests::postgres);
}

mod postgres_localized {
    okno::for_each_promise!(crate::where_there_is_a_server, okno_tests::postgres_localized);
}
