//! Every promise of the contracts of stores and of blob stores, on every one there is.

use std::sync::Arc;

use okno::base::SystemClock;

okno::conformance_suite!(memory, || okno_tests::memory(Arc::new(SystemClock)));
okno::conformance_suite!(sqlite, || okno_tests::sqlite(Arc::new(SystemClock)));
okno::blob_conformance_suite!(memory_blobs, okno_tests::memory_blobs);
okno::blob_conformance_suite!(file_blobs, okno_tests::file_blobs);
