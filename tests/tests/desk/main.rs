//! What a desk does, area by area, on every store.

mod entries;
mod jobs;
mod lists;
mod people;
mod searching;
mod series;
mod service;
mod together;
