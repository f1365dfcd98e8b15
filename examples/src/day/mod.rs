//! A small day at a service center: a dozen people, thirty requests, and every command that there is.
//!
//! The day is a program of its own: who comes in when, what they ask for, and what the desk answers. It stands on a clock
//! that it sets itself and on ids that follow from a seed, so that it is the same day on every store.

mod evening;
mod lists;
mod mail;
mod morning;
mod names;
mod noon;
mod office;
mod people;
mod ports;
mod retention;
mod talk;

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use okno::Party;
use okno::base::limits::JOURNAL_PAGE_MAX;
use okno::life::request::Language;
use okno::store::{JournalRead, Store};

use self::office::{Done, Office};

/// Tells the day on a fresh store.
///
/// # Errors
/// What the desk refuses or the store reports; commands that the day did not use.
pub async fn tell(store: Arc<dyn Store>, seed: u64) -> Result<String, Box<dyn Error>> {
    let mut office = Office::open(store, seed).await?;
    office
        .print("A day at the service center of Northern Group, Monday, 2 March 2026. All times are UTC.\n\n");
    morning::tell(&mut office).await?;
    lists::print_lists(&mut office).await?;
    noon::tell(&mut office).await?;
    lists::print_lists(&mut office).await?;
    evening::tell(&mut office).await?;
    lists::print_lists(&mut office).await?;
    lists::print_timelines(&mut office, &["printer", "mail", "invoice"], Language::English).await?;
    lists::print_timelines(&mut office, &["paper"], Language::Russian).await?;
    lists::print_audit(&mut office, "payment").await?;
    retention::tell(&mut office).await?;
    close(&mut office).await?;
    Ok(office.into_page())
}

/// What the day used, which has to be everything.
async fn close(office: &mut Office) -> Done {
    let (all, used) = (names::all(), office.used());
    let by_engine = done_by_the_engine(office).await?;
    let missing = missing(&all, &used, &by_engine);
    if !missing.is_empty() {
        return Err(format!("the day never used: {}", missing.join(", ")).into());
    }
    let letters = office.letters.sent().len();
    office.print(&format!(
        "\n{} requests, {} commands, {letters} letters. People and programs gave each of the {} kinds of commands that \
         they can give; the engine gave its own: {}.\n",
        office.submitted(),
        office.given.len(),
        used.len(),
        by_engine.into_iter().collect::<Vec<_>>().join(", ")
    ));
    Ok(())
}

/// The commands that nobody gave.
fn missing<'a>(
    all: &'a BTreeSet<String>,
    used: &BTreeSet<String>,
    by_engine: &BTreeSet<&'static str>,
) -> Vec<&'a str> {
    let unused = all.iter().map(String::as_str).filter(|name| !used.contains(*name));
    unused.filter(|name| !by_engine.contains(name)).collect()
}

/// Which commands of the engine left their fact in the journal.
async fn done_by_the_engine(office: &Office) -> Result<BTreeSet<&'static str>, Box<dyn Error>> {
    let mut facts = BTreeSet::new();
    let mut after = 0;
    loop {
        let read = JournalRead { tenant: people::TENANT, after, subject: None, limit: JOURNAL_PAGE_MAX };
        let page = office.desk.store().events(read).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        facts.extend(
            page.iter().filter(|event| event.origin.actor == Party::SYSTEM).map(|event| event.fact.name()),
        );
    }
    let done = names::OF_THE_ENGINE.iter().filter(|(_, fact)| facts.contains(fact));
    Ok(done.map(|(command, _)| *command).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_nobody_gave_is_missing() {
        let all = names::all();
        for name in [
            "submit",
            "read",
            "bulk",
            "publish",
            "request claim",
            "directory leave",
            "job end",
            "view delete",
        ] {
            assert!(all.contains(name), "{name} of {all:?}");
        }
        let mut used = all.clone();
        used.remove("request claim");
        used.remove("request wake");
        assert_eq!(missing(&all, &used, &BTreeSet::from(["request wake"])), ["request claim"]);
    }
}
