mod examples;
mod files;
mod involve;
mod walk;
