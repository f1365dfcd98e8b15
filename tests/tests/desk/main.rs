//! What a desk does, area by area, on every store.

mod jobs;
