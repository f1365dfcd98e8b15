//! After the day: what one person is told of themselves, who is forgotten, and what leaves for the archive.

use okno::engine::Command;

use super::office::{Done, Office, clock_face, time};
use super::people::Who;

pub(super) async fn tell(office: &mut Office) -> Done {
    office.print("\n");
    office.until("18:00").await?;
    export(office).await?;
    erase(office).await?;
    archive(office).await
}

/// Clara asks for everything that the center has of her.
async fn export(office: &mut Office) -> Done {
    let export = office.acting(Who::Clara).people().export(Who::Clara.party()).await?;
    office.say(&format!(
        "Clara asks what the center keeps of her: {} requests with {} texts, and {} facts.",
        export.requests.len(),
        export.requests.iter().map(|request| request.entries.len()).sum::<usize>(),
        export.journal.len()
    ));
    Ok(())
}

/// The salesman of Acme wants to be forgotten; his request stays, and nobody is named in it.
async fn erase(office: &mut Office) -> Done {
    let party = Who::AcmeSales.party();
    office.give(Who::Anna.actor(), Command::ErasePerson { party }).await?;
    office.tick().await?;
    let ended = office.acting(Who::Anna).people().erasure(party).await?.ended_at.is_some();
    let id = office.request("invoice")?;
    let entries = office.requests(Who::Vera).entries(id).await?;
    let blank = entries.iter().filter(|entry| entry.author == party && entry.text.is_empty()).count();
    office.say(&format!(
        "The salesman of Acme is erased ({}): his request stays with {} entries, {blank} of which are blank now.",
        if ended { "done" } else { "going on" },
        entries.len()
    ));
    Ok(())
}

/// What ended before noon leaves as one bundle each; its number still answers.
async fn archive(office: &mut Office) -> Done {
    let number = office.requests(Who::Vera).get(office.request("paper")?).await?.0.number.clone();
    let archived = office.archive(time("12:00")?).await?;
    let tombstone = office.requests(Who::Vera).archived(&number).await?;
    office.say(&format!(
        "What ended before noon leaves for the archive: {} requests. {} still answers: {}, closed at {}.",
        archived.left,
        tombstone.number,
        tombstone.service,
        tombstone.closed_at.map(clock_face).unwrap_or_default()
    ));
    Ok(())
}
