mod examples;
mod walk;
