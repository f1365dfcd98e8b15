//! SQL stores of okno through sqlx.
