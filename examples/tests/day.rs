//! The day of the example is one and the same on every store.

use std::error::Error;

use okno_examples::{Place, day};

#[tokio::test]
async fn the_day_is_told_alike_on_every_store() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = Place::Sqlite(folder.path().join("day.db"));
    let told = day::tell(file.open().await?, 2026).await?;
    assert_eq!(day::tell(Place::Memory.open().await?, 2026).await?, told);
    for part in ["── 10:00 ─", "── 13:00 ─", "── 17:30 ─", "The audit of ACC-000001", "\n30 requests, "]
    {
        assert!(told.contains(part), "{part}");
    }
    Ok(())
}

#[tokio::test]
async fn another_seed_tells_the_same_day_with_other_ids() -> Result<(), Box<dyn Error>> {
    let one = day::tell(Place::Memory.open().await?, 1).await?;
    let other = day::tell(Place::Memory.open().await?, 2).await?;
    assert_ne!(one, other);
    // Timelines name parents and children by their ids, and the audit names commands.
    let lists = |told: &str| told.split("The audit of").next().map(str::to_owned);
    let without_ids = |told: Option<String>| {
        let lines = told.unwrap_or_default();
        lines.lines().filter(|line| !line.contains("child")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_ids(lists(&one)), without_ids(lists(&other)));
    Ok(())
}

#[tokio::test]
async fn a_file_that_exists_already_is_left_alone() -> Result<(), Box<dyn Error>> {
    let file = tempfile::NamedTempFile::new()?;
    let refused = Place::Sqlite(file.path().to_owned()).open().await;
    assert!(refused.is_err_and(|error| error.to_string().ends_with("exists already")));
    Ok(())
}
