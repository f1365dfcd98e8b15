mod examples;
mod files;
mod involve;
mod standing_in;
mod walk;
