mod entries;
mod examples;
mod involve;
mod service;
mod walk;
