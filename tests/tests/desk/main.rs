//! What a desk does, area by area, on every store.

mod entries;
mod jobs;
mod service;
mod together;
