mod children;
mod examples;
mod involve;
mod link;
mod merge;
mod standing_in;
mod walk;
