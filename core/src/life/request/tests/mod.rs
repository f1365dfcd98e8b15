mod examples;
mod involve;
mod walk;
