//! What a desk does, area by area, on every store.

mod attachments;
mod jobs;
mod lists;
mod people;
mod series;
