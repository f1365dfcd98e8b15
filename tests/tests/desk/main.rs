//! What a desk does, area by area, on every store.

mod children;
mod disk;
mod jobs;
mod lists;
mod people;
mod series;
mod ties;
