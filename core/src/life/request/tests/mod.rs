mod children;
mod examples;
mod involve;
mod link;
mod merge;
mod walk;
