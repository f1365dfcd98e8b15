//! Every promise of the store contract, on every store.

use std::sync::Arc;

use okno::base::SystemClock;

okno::conformance_suite!(memory, || okno_tests::memory(Arc::new(SystemClock)));
okno::conformance_suite!(sqlite, || okno_tests::sqlite(Arc::new(SystemClock)));
