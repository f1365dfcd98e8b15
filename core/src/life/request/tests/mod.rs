mod entries;
mod examples;
mod fields;
mod involve;
mod macros;
mod service;
mod standing_in;
mod walk;
