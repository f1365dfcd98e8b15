//! What a desk does, area by area, on every store.

mod attachments;
mod children;
mod disk;
mod erasure;
mod jobs;
mod lists;
mod people;
mod series;
mod ties;
