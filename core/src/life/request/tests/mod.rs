mod examples;
mod involve;
mod standing_in;
mod walk;
