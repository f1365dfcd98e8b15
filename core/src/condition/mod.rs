//! Typed conditions over named fields.
