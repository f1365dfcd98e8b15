//! What a desk does, area by area, on every store.

mod archive;
mod attachments;
mod children;
mod disk;
mod entries;
mod erasure;
mod escalation;
mod export;
mod full_text;
mod host;
mod jobs;
mod journey;
mod lists;
mod people;
mod rebase;
mod recent;
mod searching;
mod series;
mod service;
mod ties;
mod together;
