//! Every promise of the store contract, on every store.

use std::sync::Arc;

use okno::base::SystemClock;

okno::conformance_suite!(memory, || async { okno_tests::memory(Arc::new(SystemClock)) });
