mod children;
mod examples;
mod files;
mod involve;
mod link;
mod merge;
mod standing_in;
mod walk;
