//! What a desk does, area by area, on every store.

mod children;
mod jobs;
mod lists;
mod series;
mod ties;
